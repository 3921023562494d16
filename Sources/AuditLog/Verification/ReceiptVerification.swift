internal import Cryptography
internal import JSON
package import Merkle
internal import Schema

/// Why a receipt proves nothing: the link of its chain that breaks.
package struct ReceiptError: Error, Equatable, CustomStringConvertible {
    /// From the event to the log's signature, in the order in which they are checked.
    package enum Link: String, Sendable {
        /// The file itself.
        case form
        /// The envelope's SHA-256 is the event's hash.
        case envelope
        /// Salt, hash and the raw record's hash make the entry's commitment.
        case commitment
        /// The entry is of this log, sequence and time.
        case entry
        /// The key signed the checkpoint.
        case signature
        /// The entry's leaf leads to the checkpoint's root.
        case inclusion
    }

    package let link: Link
    /// What does not fit, in one sentence.
    package let message: String

    package var description: String { "\(link.rawValue): \(message)" }
}

/// What a receipt proves, checked with nothing but the log's public key.
///
/// The chain: envelope → hash → commitment (with the salt) → entry → leaf → root → checkpoint → signature. Of an erased
/// event the first two links are gone with its text; the receipt then proves that some event had this place and time.
package struct ReceiptVerification: Sendable {
    package let log: String
    package let configurationID: String
    package let entry: LogEntry
    /// Canonical; nil when the event was erased.
    package let envelope: [UInt8]?
    /// What the signature covers.
    package let checkpoint: Checkpoint

    /// Checks the file that ``EventReceipt/appendJSON(to:)`` wrote; white space and order of members do not matter.
    ///
    /// - Parameters:
    ///   - file: the receipt.
    ///   - key: the log's, whose name is the checkpoint's origin.
    /// - Throws: ``ReceiptError`` with the first link that breaks.
    package init(_ file: [UInt8], key: NoteVerifier) throws(ReceiptError) {
        let document = JSONDocument()
        do throws(JSONError) {
            try document.parse(file)
        } catch {
            throw ReceiptError(link: .form, message: error.message)
        }
        let members = try ReceiptMembers(document.root)
        entry = try members.entry()
        configurationID = try members.text("config_id")
        log = try members.text("log")
        envelope = try members.checkedEnvelope()
        try ReceiptVerification.checkCommitment(members, entry)
        try ReceiptVerification.check(entry, members, configurationID, envelope)
        guard let proof = InclusionReceipt(try members.text("proof")) else {
            throw ReceiptError(link: .form, message: "'proof' is no text of C2SP tlog-proof")
        }
        checkpoint = try ReceiptVerification.checkpoint(of: proof.note, key: key)
        try ReceiptVerification.check(proof, entry, checkpoint)
    }

    private static func checkCommitment(_ members: ReceiptMembers, _ entry: LogEntry) throws(ReceiptError) {
        let hash = try members.hash("hash")
        let rawHash = try members.optionalHash("raw_hash")
        guard let salt = try members.optionalHash("salt") else { return }
        let commitment = salt.withUnsafeBytes { salt in
            hash.withUnsafeBytes { hash in
                guard let rawHash else {
                    return LogEntry.commitment(salt: salt, hash: hash, rawHash: nil, SHA256Hasher())
                }
                return rawHash.withUnsafeBytes {
                    LogEntry.commitment(salt: salt, hash: hash, rawHash: $0, SHA256Hasher())
                }
            }
        }
        guard commitment == entry.commitment else {
            throw ReceiptError(
                link: .commitment,
                message: "SHA-256 over salt, hash and raw_hash is not the commitment in the entry"
            )
        }
    }

    private static func check(
        _ entry: LogEntry,
        _ members: ReceiptMembers,
        _ configurationID: String,
        _ envelope: [UInt8]?
    ) throws(ReceiptError) {
        guard entry.log == LogEntry.logHash(configurationID: configurationID) else {
            throw ReceiptError(link: .entry, message: "the entry is of another log than '\(configurationID)'")
        }
        let sequence = try members.integer("sequence")
        guard sequence == entry.sequence, sequence > 0 else {
            throw ReceiptError(link: .entry, message: "the entry is of sequence \(entry.sequence), not \(sequence)")
        }
        guard envelope != nil else { return }
        guard members.receivedAt == ReceiptVerification.text(ofTime: entry.receivedAt) else {
            throw ReceiptError(link: .entry, message: "the entry has another time than the envelope's received_at")
        }
    }

    private static func text(ofTime microseconds: Int64) -> String {
        var bytes: [UInt8] = []
        Timestamp.append(microseconds: microseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func checkpoint(of note: SignedNote, key: NoteVerifier) throws(ReceiptError) -> Checkpoint {
        guard key.verify(note) else {
            let isNamed = note.signatures.contains { $0.name == key.name && $0.keyID == key.keyID }
            let reason = isNamed ? "the signature is not the key's" : "the checkpoint is not signed by the key"
            throw ReceiptError(link: .signature, message: "\(reason) '\(key.text)'")
        }
        guard let checkpoint = Checkpoint(note.text) else {
            throw ReceiptError(link: .signature, message: "what is signed is no checkpoint")
        }
        guard checkpoint.origin == key.name else {
            throw ReceiptError(
                link: .signature,
                message: "the checkpoint is of '\(checkpoint.origin)', not the key's log"
            )
        }
        return checkpoint
    }

    private static func check(
        _ proof: InclusionReceipt,
        _ entry: LogEntry,
        _ checkpoint: Checkpoint
    ) throws(ReceiptError) {
        guard proof.index == entry.sequence - 1 else {
            throw ReceiptError(
                link: .inclusion,
                message: "the proof is for index \(proof.index), not \(entry.sequence - 1)"
            )
        }
        let hasher = TreeHasher(.rfc6962)
        let root = PublicProofs.root(
            leaf: entry.leaf(hasher),
            index: proof.index,
            size: checkpoint.size,
            proof: proof.proof,
            hasher
        )
        guard root == checkpoint.root else {
            throw ReceiptError(
                link: .inclusion,
                message: "the proof does not lead from the entry to the root of size \(checkpoint.size)"
            )
        }
    }
}

/// The members of a receipt's file.
private struct ReceiptMembers {
    private static let names: Set<String> = [
        "version", "log", "config_id", "sequence", "envelope", "hash", "salt", "raw_hash", "entry", "proof",
    ]

    private let object: JSONValue

    init(_ value: JSONValue) throws(ReceiptError) {
        object = value
        guard let members = value.members else { throw ReceiptMembers.malformed("the file is no JSON object") }
        for member in members {
            let name = String(decoding: member.name, as: UTF8.self)
            guard ReceiptMembers.names.contains(name) else { throw ReceiptMembers.malformed("'\(name)' is unknown") }
        }
        try ReceiptMembers.checkDistinct(value)
        guard value["version"]?.integerValue == EventReceipt.formatVersion else {
            throw ReceiptMembers.malformed("'version' is not \(EventReceipt.formatVersion)")
        }
        guard (value["envelope"] == nil) == (value["salt"] == nil) else {
            throw ReceiptMembers.malformed("'envelope' and 'salt' must both be there, or neither for an erased event")
        }
    }

    private static func malformed(_ message: String) -> ReceiptError { ReceiptError(link: .form, message: message) }

    /// A member that stands twice would be read one way here and another way elsewhere.
    private static func checkDistinct(_ value: JSONValue) throws(ReceiptError) {
        guard let members = value.members else { return }
        var seen: Set<[UInt8]> = []
        for member in members {
            guard seen.insert(member.name).inserted else {
                throw malformed("'\(String(decoding: member.name, as: UTF8.self))' stands there twice")
            }
            try checkDistinct(member.value)
        }
    }

    func text(_ name: String) throws(ReceiptError) -> String {
        guard let text = object.member(Array(name.utf8))?.stringValue else {
            throw ReceiptMembers.malformed("'\(name)' is missing or no string")
        }
        return text
    }

    func integer(_ name: String) throws(ReceiptError) -> UInt64 {
        guard let number = object.member(Array(name.utf8))?.integerValue, number >= 0 else {
            throw ReceiptMembers.malformed("'\(name)' is missing or no whole number")
        }
        return UInt64(number)
    }

    func hash(_ name: String) throws(ReceiptError) -> [UInt8] {
        let text = try text(name)
        guard text.utf8.count == 64, let bytes = Hex.decode(text), Hex.encode(bytes) == text else {
            throw ReceiptMembers.malformed("'\(name)' is no 64 lower-case hex digits")
        }
        return bytes
    }

    func optionalHash(_ name: String) throws(ReceiptError) -> [UInt8]? {
        object.member(Array(name.utf8)) == nil ? nil : try hash(name)
    }

    func entry() throws(ReceiptError) -> LogEntry {
        guard let bytes = Base64.decode(try text("entry")), let entry = bytes.withUnsafeBytes({ LogEntry($0) }) else {
            throw ReceiptMembers.malformed("'entry' is no entry of the public tree in base 64")
        }
        return entry
    }

    /// The canonical envelope, whose hash is that of the receipt; nil when there is none.
    func checkedEnvelope() throws(ReceiptError) -> [UInt8]? {
        let hash = try hash("hash")
        guard let value = object["envelope"] else { return nil }
        guard value.isObject else { throw ReceiptMembers.malformed("'envelope' is no object") }
        var writer = JSONWriter()
        writer.append(canonical: value)
        guard SHA256Hasher.hash(writer.bytes) == hash else {
            throw ReceiptError(link: .envelope, message: "the envelope's SHA-256 is not 'hash'")
        }
        return writer.bytes
    }

    var receivedAt: String? { object["envelope"]?["received_at"]?.stringValue }
}
