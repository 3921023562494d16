internal import Cryptography

/// The id of a published root in the ledger that verifying clients ask (audit API contract, section 6.6): 43 characters of
/// unpadded base64url.
///
/// Log and size stand in it, so that nothing has to be looked up; a hash with the tree's name tells ids of this gateway
/// from others.
package struct LedgerID: Equatable, Sendable {
    package let log: LogID
    /// Of the published tree.
    package let size: UInt64

    package init(log: LogID, size: UInt64) {
        self.log = log
        self.size = size
    }

    /// What an id stands for; the caller checks it with ``text(treeName:)``.
    package init?(_ text: some StringProtocol) {
        guard let bytes = Base64.decode(String(text), urlSafe: true), bytes.count == 32 else { return nil }
        log = LogID(rawValue: bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) })
        size = bytes[4..<12].reduce(0) { $0 << 8 | UInt64($1) }
    }

    package func text(treeName: String) -> String {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: log.rawValue.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: size.bigEndian) { bytes.append(contentsOf: $0) }
        return Base64.encode(
            bytes + SHA256Hasher.hash(Array(treeName.utf8) + bytes)[..<20],
            urlSafe: true,
            padded: false
        )
    }
}
