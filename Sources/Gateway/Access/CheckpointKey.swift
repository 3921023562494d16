internal import AuditLog
internal import Cryptography
internal import Merkle
internal import Settings

/// Why the key for checkpoints cannot be had, and what to do.
struct CheckpointKeyError: Error, CustomStringConvertible {
    let description: String
}

/// The Ed25519 key that signs the checkpoints of all logs of a store, in a file of the data directory.
///
/// It is made once: whoever trusts its public half would have to learn another. The file is PKCS #8 in PEM (RFC 8410), as
/// `openssl pkey` reads it.
struct CheckpointKey: Sendable {
    private static let fileName = "checkpoint-key.pem"
    private static let label = "PRIVATE KEY"
    /// All of a PKCS #8 key before its seed: version 0, OID 1.3.101.112, an octet string in an octet string.
    private static let prefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    private let key: Ed25519.PrivateKey

    /// Reads the key of a data directory, or makes one when there is none.
    init(directory: String) throws(CheckpointKeyError) {
        let path = "\(directory)/\(CheckpointKey.fileName)"
        let bytes: [UInt8]
        do throws(DurableFile.Obstacle) {
            if let found = try DurableFile.read(path, limit: 4096) {
                bytes = found
            } else {
                let made = PEM.encode(CheckpointKey.prefix + SecureRandom.bytes(32), label: CheckpointKey.label)
                bytes = Array(made.utf8)
                try DurableFile.create(path, bytes)
            }
        } catch {
            throw CheckpointKeyError(description: "cannot read or write '\(path)': \(error)")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let der = try? PEM.decode(text, label: CheckpointKey.label), der.starts(with: CheckpointKey.prefix),
            let key = try? Ed25519.PrivateKey(seed: Array(der.dropFirst(CheckpointKey.prefix.count)))
        else {
            throw CheckpointKeyError(
                description:
                    "'\(path)' holds no Ed25519 key in PKCS #8; restore it from a backup, as checkpoints of another "
                    + "key would not be believed"
            )
        }
        self.key = key
    }

    /// Signs a log's checkpoints under an origin, unless its store keeps another already.
    func signer(origin: String) -> CheckpointSigner {
        CheckpointSigner(origin: origin) { [key] in NoteSigner(name: $0, key: key) }
    }

    /// The public half under a name.
    func verifier(name: String) -> NoteVerifier { NoteSigner(name: name, key: key).verifier }
}
