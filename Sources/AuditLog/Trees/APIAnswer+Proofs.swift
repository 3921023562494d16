internal import Cryptography
package import JSON
internal import Merkle
internal import Schema

/// What answers say of a log's trees beside the hashes.
package struct TreeNames: Sendable {
    package let treeName: String
    /// Where a root of the published tree can be read, by its size.
    package let rootURL: @Sendable (UInt64) -> String

    package init(treeName: String, rootURL: @escaping @Sendable (UInt64) -> String) {
        self.treeName = treeName
        self.rootURL = rootURL
    }
}

// Answers with proofs (audit API contract, sections 3.1, 4.1 and 4.4); members without a value are left out.
extension APIAnswer {
    /// Appends a published root: `{"consistency_proof":[…],"published_at":…,"root_hash":…,"size":…,"tree_name":…,"url":…}`.
    package static func append(_ root: PublishedRoot, _ names: TreeNames, to writer: inout JSONWriter) {
        writer.append(raw: "{")
        if let proof = root.consistencyProof {
            writer.append(raw: "\"consistency_proof\":")
            append(proof, to: &writer)
            writer.append(raw: ",")
        }
        writer.append(raw: "\"published_at\":\"")
        Timestamp.append(microseconds: root.publishedAt, to: &writer.bytes)
        writer.append(raw: "\",\"root_hash\":")
        append(root.hash, to: &writer)
        writer.append(raw: ",\"size\":")
        writer.append(integer: Int64(clamping: root.size))
        writer.append(raw: ",\"tree_name\":")
        writer.append(string: names.treeName)
        writer.append(raw: ",\"url\":")
        writer.append(string: names.rootURL(root.size))
        writer.append(raw: "}")
    }

    /// Appends the root of the open buffer: `{"root_hash":…,"size":…,"tree_name":…}`.
    package static func append(_ root: OpenRoot, _ names: TreeNames, to writer: inout JSONWriter) {
        writer.append(raw: "{\"root_hash\":")
        append(root.hash, to: &writer)
        writer.append(raw: ",\"size\":")
        writer.append(integer: Int64(clamping: root.size))
        writer.append(raw: ",\"tree_name\":")
        writer.append(string: names.treeName)
        writer.append(raw: "}")
    }

    /// Appends the members that an event's proof adds to it, each with a comma before it.
    package static func appendMembers(of proof: EventProof, to writer: inout JSONWriter) {
        if let index = proof.leafIndex {
            writer.append(raw: ",\"leaf_index\":")
            writer.append(integer: Int64(clamping: index))
        }
        writer.append(raw: ",\"membership_proof\":\"")
        MembershipProof.append(proof.path, to: &writer.bytes)
        writer.append(raw: proof.leafIndex == nil ? "\",\"published\":false" : "\",\"published\":true")
    }

    /// Appends the members that a writer gets of the open buffer, each with a comma before it.
    package static func appendMembers(of proof: BufferProof, to writer: inout JSONWriter) {
        if let consistency = proof.consistencyProof {
            writer.append(raw: ",\"consistency_proof\":")
            append(consistency, to: &writer)
        }
        writer.append(raw: ",\"membership_proof\":\"")
        MembershipProof.append(proof.path, to: &writer.bytes)
        writer.append(raw: "\",\"unpublished_root\":")
        append(proof.root, to: &writer)
    }

    /// Appends the roots of a page, each as a member with a comma before it.
    static func appendRoots(of page: ProvenEvents, _ names: TreeNames, to writer: inout JSONWriter) {
        if let root = page.root {
            writer.append(raw: ",\"root\":")
            append(root, names, to: &writer)
        }
        if let root = page.openRoot {
            writer.append(raw: ",\"unpublished_root\":")
            append(root, names, to: &writer)
        }
    }

    private static func append(_ proof: APIConsistencyProof, to writer: inout JSONWriter) {
        writer.append(raw: "[")
        for (index, text) in proof.texts.enumerated() {
            if index > 0 { writer.append(raw: ",") }
            writer.append(string: text)
        }
        writer.append(raw: "]")
    }

    private static func append(_ hash: TreeHash, to writer: inout JSONWriter) {
        writer.append(raw: "\"")
        hash.withBytes { Hex.append($0, to: &writer.bytes) }
        writer.append(raw: "\"")
    }
}
