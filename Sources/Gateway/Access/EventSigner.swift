internal import AuditLog
internal import Cryptography
internal import JSON
internal import Schema

/// Signs the events that no client has signed (audit API contract, section 8: service-side signing).
struct EventSigner: Sendable {
    private let key: Ed25519.PrivateKey
    /// Canonical JSON: `{"algorithm":"ED25519","key":"<PEM>","vault_key_id":"pvi_…","vault_key_version":"1"}`.
    ///
    /// The version is text, as all further members of a client's own key are.
    let publicKey: [UInt8]

    init(key: Ed25519.PrivateKey, id: String, version: Int64) {
        self.key = key
        var writer = JSONWriter()
        writer.append(
            canonical: .object([
                JSONMember("algorithm", .string("ED25519")),
                JSONMember("key", .string(key.publicKey.pem)),
                JSONMember("vault_key_id", .string(id)),
                JSONMember("vault_key_version", .string("\(version)")),
            ])
        )
        publicKey = writer.bytes
    }

    /// Adds what is missing of a request's signatures, and changes none that a client has given.
    func sign(_ request: inout AppendRequest) {
        let events = request.events
        let given = request.signatures
        request.signatures = events.indices.map { index in
            let client = given.isEmpty ? nil : given[index]
            if let client, client.signature != nil || client.publicKey != nil { return client }
            return events.withEvent(index) { text in
                let event = MalformedEvent.split(text)?.event ?? text
                let signature = Base64.encode(key.sign(event))
                return ClientSignature(signature: Array(signature.utf8), publicKey: publicKey)
            }
        }
    }
}
