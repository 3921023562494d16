import Cryptography
import Merkle
import Testing

@Suite struct TreeTests {
    /// Entries and roots of Certificate Transparency's reference tree, one to eight leaves.
    @Test func `roots are those of Certificate Transparency's reference tree`() throws {
        let entries = [
            "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
        ]
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        let hasher = TreeHasher(.rfc6962)
        let builder = TreeBuilder(hasher)
        #expect(builder.root == nil)
        for (entry, root) in zip(entries, roots) {
            let bytes = try #require(Hex.decode(entry))
            builder.append(bytes.withUnsafeBytes { hasher.leaf($0) }) { _ in }
            #expect(builder.root?.hex == root)
        }
    }

    @Test(arguments: [NodeRule.plain, .rfc6962])
    func `roots, paths and proofs are those of the recursive definition`(rule: NodeRule) throws {
        let store = TileStore(700, rule)
        let view = store.view
        let hasher = TreeHasher(rule)
        let reference = RecursiveTree(leaves: store.leaves, hasher: hasher)
        let sizes = [1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 100, 255, 256, 257, 300, 511, 512, 513, 640, 699, 700]
        for size in sizes {
            let root = reference.root(0..<size)
            #expect(view.root(of: UInt64(size)) == root)
            for index in Set([0, 1, size / 2, size - 2, size - 1, 255, 256]) where (0..<size).contains(index) {
                let path = view.path(index: UInt64(index), inTreeOf: UInt64(size))
                #expect(path == reference.path(index, 0..<size))
                #expect(path.root(from: store.leaves[index], hasher) == root)
                let public1 = PublicProofs.root(
                    leaf: store.leaves[index],
                    index: UInt64(index),
                    size: UInt64(size),
                    proof: path.map(\.hash),
                    hasher
                )
                #expect(public1 == root)
            }
            for old in sizes where old <= size {
                let oldRoot = reference.root(0..<old)
                let proof = try #require(view.consistencyProof(from: UInt64(old), to: UInt64(size)))
                #expect(proof == reference.subproof(old, 0..<size, isWhole: true))
                #expect(
                    PublicProofs.isConsistent(
                        old: (UInt64(old), oldRoot),
                        new: (UInt64(size), root),
                        proof: proof,
                        hasher
                    )
                )
                guard old < size else { continue }
                let own = try #require(view.apiConsistencyProof(from: UInt64(old), to: UInt64(size)))
                #expect(own.verify(old: oldRoot, new: root, hasher))
                #expect(APIConsistencyProof(own.texts) == own)
            }
        }
    }

    @Test func `the edge of a builder is read back from tiles, at any size`() {
        for size in [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_000] {
            let store = TileStore(size, .plain)
            let again = TreeBuilder(size: UInt64(size), TreeHasher(.plain)) { store.read($0, $1) }
            #expect(again.root == store.builder.root)
            #expect(again.root == store.view.root(of: UInt64(size)))
            let next = TreeHash([UInt8](repeating: 7, count: 32))
            guard let next else { continue }
            var changed: [[TreeHash]] = []
            again.append(next) { changed.append($0.hashes) }
            var expected: [[TreeHash]] = []
            store.builder.append(next) { expected.append($0.hashes) }
            #expect(changed == expected)
            #expect(again.root == store.builder.root)
        }
    }

    @Test func `a builder's view gives the newest leaf's path without a tile of its own`() throws {
        for size in [1, 2, 255, 256, 257, 512, 1000] {
            let store = TileStore(size, .plain)
            let view = store.builder.view { address, count in store.read(address, count) }
            let path = view.path(index: UInt64(size - 1), inTreeOf: UInt64(size))
            let newest = try #require(store.leaves.last)
            #expect(path.root(from: newest, TreeHasher(.plain)) == store.builder.root)
        }
    }

    @Test func `proofs with another leaf, index, size or hash lead elsewhere`() throws {
        let store = TileStore(300, .rfc6962)
        let hasher = TreeHasher(.rfc6962)
        let root = try #require(store.builder.root)
        let proof = store.view.path(index: 17, inTreeOf: 300).map(\.hash)
        func leads(_ leaf: Int, _ index: UInt64, _ size: UInt64, _ proof: [TreeHash]) -> Bool {
            PublicProofs.root(leaf: store.leaves[leaf], index: index, size: size, proof: proof, hasher) == root
        }
        #expect(leads(17, 17, 300, proof))
        #expect(!leads(18, 17, 300, proof))
        #expect(!leads(17, 18, 300, proof))
        #expect(!leads(17, 17, 12, proof))
        #expect(!leads(17, 17, 300, proof.dropLast()))
        #expect(!leads(17, 17, 300, proof + [root]))
        #expect(!leads(17, 300, 300, proof))
    }
}

@Suite struct TileAddressTests {
    @Test(
        arguments: [
            (0, "000"), (67, "067"), (999, "999"), (1000, "x001/000"), (1_234_067, "x001/x234/067"),
            (18_446_744_073_709_551_615, "x018/x446/x744/x073/x709/x551/615"),
        ] as [(UInt64, String)]
    )
    func `numbers are written in groups of three`(number: UInt64, path: String) {
        #expect(TileAddress.path(of: number) == path)
        #expect(TileAddress.number(ofPath: path.split(separator: "/")) == number)
    }

    @Test(arguments: [
        "", "0", "67", "0067", "x067", "x000/067", "001/067", "x001/x067", "x1/067", "-01",
        "x018/x446/x744/x073/x709/x551/616",
        "x999/x999/x999/x999/x999/x999/x999/999", "x001/067/000", "٠٠١",
    ])
    func `other paths are no numbers`(path: String) {
        #expect(TileAddress.number(ofPath: path.split(separator: "/", omittingEmptySubsequences: false)) == nil)
    }

    @Test func `widths follow from the size of the tree`() {
        #expect(TileAddress(level: 0, number: 0).width(inTreeOf: 0) == 0)
        #expect(TileAddress(level: 0, number: 1).width(inTreeOf: 300) == 44)
        #expect(TileAddress(level: 1, number: 0).width(inTreeOf: 255) == 0)
        #expect(TileAddress(level: 1, number: 0).width(inTreeOf: 70_000) == 256)
        #expect(TileAddress(level: 2, number: 0).width(inTreeOf: 70_000) == 1)
        #expect(TileAddress(level: 9, number: 0).width(inTreeOf: .max) == 0)
        #expect(TileAddress(level: 0, number: .max).width(inTreeOf: .max) == 0)
    }
}
