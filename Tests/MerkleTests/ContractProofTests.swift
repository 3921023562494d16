import JSON
import Merkle
import Testing

/// The audit API contract's vectors for trees and proofs, all of them.
@Suite struct ContractProofTests {
    private let hasher = TreeHasher(.plain)

    private func texts(_ value: JSONValue?) -> [String] { value?.elements?.compactMap(\.stringValue) ?? [] }

    private func hash(_ value: JSONValue?) -> TreeHash? { value?.stringValue.flatMap(TreeHash.init(hex:)) }

    @Test func `membership proofs are reproduced, and tampered ones do not verify`() throws {
        guard let vectors = contractVectors("membership-proofs.json") else { return }
        for tree in try #require(vectors["trees"]?.elements) {
            let leaves = texts(tree["leaves"]).compactMap(TreeHash.init(hex:))
            let builder = TreeBuilder(hasher)
            for leaf in leaves { builder.append(leaf) { _ in } }
            let root = try #require(hash(tree["root"]))
            #expect(builder.root == root)
            let view = builder.view { _, _ in [] }
            for proof in try #require(tree["proofs"]?.elements) {
                let index = UInt64(try #require(proof["index"]?.integerValue))
                let text = try #require(proof["proof"]?.stringValue)
                let leaf = try #require(hash(proof["leaf"]))
                #expect(MembershipProof.text(view.path(index: index, inTreeOf: UInt64(leaves.count))) == text)
                #expect(MembershipProof.verify(text, leaf: leaf, root: root, hasher))
            }
            for proof in tree["tampered"]?.elements ?? [] {
                let leaf = try #require(hash(proof["leaf"]))
                let root = try #require(hash(proof["root"]))
                let text = try #require(proof["proof"]?.stringValue)
                #expect(!MembershipProof.verify(text, leaf: leaf, root: root, hasher))
            }
        }
    }

    @Test func `consistency proofs are reproduced, and tampered ones do not verify`() throws {
        guard let vectors = contractVectors("consistency-proofs.json"),
            let trees = contractVectors("membership-proofs.json")
        else { return }
        let largest = try #require(trees["trees"]?.elements?.last)
        let leaves = texts(largest["leaves"]).compactMap(TreeHash.init(hex:))
        let builder = TreeBuilder(hasher)
        for leaf in leaves { builder.append(leaf) { _ in } }
        let view = builder.view { _, _ in [] }
        for item in try #require(vectors["cases"]?.elements) {
            let old = UInt64(try #require(item["old_size"]?.integerValue))
            let new = UInt64(try #require(item["new_size"]?.integerValue))
            #expect(view.root(of: old) == hash(item["old_root"]))
            #expect(view.apiConsistencyProof(from: old, to: new)?.texts == texts(item["proof"]))
            for tampered in item["tampered"]?.elements ?? [] {
                let isValid = APIConsistencyProof(texts(tampered["proof"])).map {
                    guard let old = hash(tampered["old_root"]), let new = hash(tampered["new_root"]) else {
                        return false
                    }
                    return $0.verify(old: old, new: new, hasher)
                }
                #expect(isValid != true)
            }
        }
    }

    @Test func `records of the hosted service verify`() throws {
        guard let vectors = contractVectors("service-records.json") else { return }
        for item in try #require(vectors["records"]?.elements) {
            let record = try #require(item["record"])
            let root = try #require(item["root"])
            let rootHash = try #require(hash(root["root_hash"]))
            let path = try #require(record["membership_proof"]?.stringValue.flatMap(MembershipProof.parse))
            let leaf = try #require(hash(record["hash"]))
            #expect(path.root(from: leaf, hasher) == rootHash)
            let count = try #require(item["buffer_path_length"]?.integerValue)
            let inner = Array(path.prefix(Int(count)))
            #expect(inner.root(from: leaf, hasher) == hash(item["buffer_root"]))
            let proof = try #require(APIConsistencyProof(texts(root["consistency_proof"])))
            let previous = try #require(hash(item["previous_root"]))
            #expect(proof.verify(old: previous, new: rootHash, hasher))
        }
    }
}
