internal import Cryptography
internal import JSON

/// Checks the signatures of stored events (audit API contract, section 8).
///
/// A public key is the JSON text `{"algorithm":"ED25519","key":"<PEM>"}`, a bare PEM text, or base 64 that ends with the
/// 32 bytes of a key. Belongs to one thread: it keeps the key that it read last, as the events of a page mostly have one.
package final class SignatureChecker {
    private let document = JSONDocument()
    private var lastText: [UInt8]?
    private var lastKey: Ed25519.PublicKey?

    package init() {}

    /// Whether an event's signature is its key's over the canonical event; nil for an event without one.
    ///
    /// A signature without a key is not valid, nor is a key without a signature.
    package func isValid(_ event: StoredEvent) -> Bool? {
        guard let signed = event.signature else { return nil }
        guard let text = signed.signature, let keyText = signed.publicKey, let key = key(keyText),
            let signature = text.withUnsafeBytes({ Base64.decode($0) }), signature.count == Ed25519.signatureByteCount
        else { return false }
        return key.verify(signature, message: event.event)
    }

    private func key(_ text: [UInt8]) -> Ed25519.PublicKey? {
        if text == lastText { return lastKey }
        lastText = text
        lastKey = read(text)
        return lastKey
    }

    private func read(_ text: [UInt8]) -> Ed25519.PublicKey? {
        guard (try? document.parse(text)) != nil, document.root.isObject else {
            return SignatureChecker.key(String(decoding: text, as: UTF8.self))
        }
        let algorithm = document.root["algorithm"]?.stringValue
        guard algorithm == nil || algorithm?.uppercased() == "ED25519" else { return nil }
        return document.root["key"]?.stringValue.flatMap(SignatureChecker.key)
    }

    private static func key(_ text: String) -> Ed25519.PublicKey? {
        if text.contains("-----BEGIN ") { return try? Ed25519.PublicKey(pem: text) }
        guard let bytes = Base64.decode(text), bytes.count >= Ed25519.keyByteCount else { return nil }
        return try? Ed25519.PublicKey(bytes: Array(bytes.suffix(Ed25519.keyByteCount)))
    }
}
