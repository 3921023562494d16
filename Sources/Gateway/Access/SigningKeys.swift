internal import Cryptography
internal import JSON
internal import Schema

/// Why the gateway has no key to sign with.
package struct SigningKeyError: Error, CustomStringConvertible {
    /// What happened and how to mend it; never a key.
    package let message: String

    package var description: String { message }

    /// No key was made yet.
    package static let none = SigningKeyError(
        message: "there is no signing key yet: the gateway makes one when it serves a log with \"signing\": \"service\""
    )
}

/// The Ed25519 keys that the gateway signs events with, in `signing-keys.json` of the data directory.
///
///     { "id": "pvi_…", "versions": [ { "created_at": 1795000000000000, "seed": "…", "version": 1 } ] }
///
/// Made once and never changed; a new version is added, and the newest one signs. The older ones stay, since what they
/// signed names them.
package struct SigningKeys: Sendable {
    /// One version of the key.
    package struct Version: Sendable {
        package let number: Int64
        /// Microseconds since 1970.
        package let createdAt: Int64
        let key: Ed25519.PrivateKey

        package var publicKey: String { key.publicKey.pem }
    }

    /// `pvi_` and 32 characters, the same for all versions.
    package let id: String
    /// Ascending; never empty.
    package let versions: [Version]

    private static func file(in directory: String) -> PrivateFile {
        PrivateFile(directory: directory, name: "signing-keys.json")
    }

    /// Reads the keys; nil when none was made yet.
    package static func read(directory: String) throws(SigningKeyError) -> SigningKeys? {
        let file = file(in: directory)
        func unreadable(_ reason: String) -> SigningKeyError {
            SigningKeyError(message: "cannot read the signing keys in '\(file.path)': \(reason); restore the file")
        }
        let bytes: [UInt8]
        do throws(PrivateFileError) {
            guard let found = try file.read() else { return nil }
            bytes = found
        } catch {
            throw unreadable(error.message)
        }
        let document = JSONDocument()
        do throws(JSONError) { try document.parse(bytes) } catch { throw unreadable(error.message) }
        guard let id = document.root["id"]?.stringValue, let elements = document.root["versions"]?.elements,
            !elements.isEmpty
        else { throw unreadable("it has no 'id' or no 'versions'") }
        var versions: [Version] = []
        for element in elements {
            guard let number = element["version"]?.integerValue, number > versions.last?.number ?? 0,
                let created = element["created_at"]?.integerValue,
                let seed = element["seed"]?.stringValue.flatMap({ Base64.decode($0) }),
                let key = try? Ed25519.PrivateKey(seed: seed)
            else { throw unreadable("the version behind \(versions.last?.number ?? 0) is damaged") }
            versions.append(Version(number: number, createdAt: created, key: key))
        }
        return SigningKeys(id: id, versions: versions)
    }

    /// Reads the keys, and makes the first one where there is none.
    static func open(directory: String, now: Int64) throws(SigningKeyError) -> SigningKeys {
        if let keys = try read(directory: directory) { return keys }
        return try add(to: nil, directory: directory, now: now)
    }

    /// Adds a version, which signs from the gateway's next start on.
    ///
    /// - Parameters:
    ///   - keys: those that are there.
    ///   - directory: the data directory.
    ///   - now: microseconds since 1970.
    /// - Returns: all keys, which are on disk.
    /// - Throws: when they could not be written.
    package static func add(
        to keys: SigningKeys?,
        directory: String,
        now: Int64
    ) throws(SigningKeyError) -> SigningKeys {
        let file = file(in: directory)
        do {
            let next = Version(number: (keys?.versions.last?.number ?? 0) + 1, createdAt: now, key: try .random())
            let all = SigningKeys(
                id: keys?.id ?? SecureRandom.token(prefix: "pvi_", characters: 32),
                versions: (keys?.versions ?? []) + [next]
            )
            var writer = JSONWriter()
            writer.append(canonical: all.json)
            try file.replace(with: writer.bytes)
            return all
        } catch let error as PrivateFileError {
            throw SigningKeyError(message: "cannot write '\(file.path)': \(error.message)")
        } catch {
            throw SigningKeyError(message: "cannot make a signing key: \(error)")
        }
    }

    private var json: JSONValue {
        .object([
            JSONMember("id", .string(id)),
            JSONMember(
                "versions",
                .array(
                    versions.map { version in
                        .object([
                            JSONMember("version", .integer(version.number)),
                            JSONMember("created_at", .integer(version.createdAt)),
                            JSONMember("seed", .string(Base64.encode(version.key.seed))),
                        ])
                    }
                )
            ),
        ])
    }

    /// What signs events; nil without a version.
    var signer: EventSigner? { versions.last.map { EventSigner(key: $0.key, id: id, version: $0.number) } }
}
