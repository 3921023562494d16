internal import Cryptography
internal import JSON
internal import Receiving
internal import Settings
internal import Synchronization

/// Why a secret that a vendor sent is not kept.
struct KeptSecretError: Error, CustomStringConvertible {
    enum Code: Sendable {
        /// Nobody has allowed it, or too long ago.
        case notArmed
        /// It is not written as the mapping says.
        case unusable
        case notWritten
    }

    let code: Code
    /// Never holds the secret.
    let message: String

    var description: String { message }
}

/// The secrets that vendors have sent to be kept, in `kept-secrets.json` of the data directory.
///
///     { "asana": { "secret": "c2VjcmV0" } }
///
/// Written for its owner alone (mode 0600), whole or not at all, and flushed before anybody relies on it.
final class KeptSecrets: Sendable {
    /// How long a source stays armed, in microseconds.
    static let armedTime: Int64 = 600 * 1_000_000

    private struct State: Sendable {
        /// By source and name.
        var values: [String: [String: [UInt8]]] = [:]
        /// Until when each armed source is, in microseconds since 1970.
        var armed: [String: Int64] = [:]
    }

    private let file: PrivateFile
    private let state: Mutex<State>

    /// Reads what is there; without a file there is nothing.
    init(directory: String) throws(KeptSecretError) {
        file = PrivateFile(directory: directory, name: "kept-secrets.json")
        state = Mutex(State(values: try KeptSecrets.read(file)))
    }

    /// The secrets of a source, by name.
    func values(of source: String) -> [String: [UInt8]] { state.withLock { $0.values[source] ?? [:] } }

    // MARK: - Arming

    /// Lets a source keep the next secret that its vendor sends.
    ///
    /// - Parameters:
    ///   - source: its name.
    ///   - now: microseconds since 1970.
    /// - Returns: until when.
    func arm(_ source: String, now: Int64) -> Int64 {
        state.withLock { state in
            let end = now + KeptSecrets.armedTime
            state.armed[source] = end
            return end
        }
    }

    func isArmed(_ source: String, now: Int64) -> Bool { state.withLock { ($0.armed[source] ?? .min) > now } }

    /// Keeps a secret in place of the one before, and ends the arming.
    ///
    /// Blocks until it is on disk; when that fails, the source stays armed and the secret before stays in force.
    func keep(_ secret: KeptSecret, for source: String) throws(KeptSecretError) {
        var values = state.withLock { $0.values }
        values[source, default: [:]][secret.key] = secret.value
        try write(values)
        state.withLock { state in
            state.values = values
            state.armed[source] = nil
        }
    }

    // MARK: - The file

    private static func read(_ file: PrivateFile) throws(KeptSecretError) -> [String: [String: [UInt8]]] {
        let path = file.path
        let bytes: [UInt8]
        do throws(PrivateFileError) {
            guard let found = try file.read() else { return [:] }
            bytes = found
        } catch {
            throw unreadable(path, error.message)
        }
        let document = JSONDocument()
        do throws(JSONError) { try document.parse(bytes) } catch {
            throw unreadable(path, error.message)
        }
        var values: [String: [String: [UInt8]]] = [:]
        for source in document.root.members ?? [] {
            for secret in source.value.members ?? [] {
                guard let value = secret.value.stringValue.flatMap({ Base64.decode($0) }) else {
                    throw unreadable(path, "a secret is not in base 64")
                }
                values[String(decoding: source.name, as: UTF8.self), default: [:]][
                    String(decoding: secret.name, as: UTF8.self)
                ] = value
            }
        }
        return values
    }

    private static func unreadable(_ path: String, _ reason: String) -> KeptSecretError {
        KeptSecretError(
            code: .notWritten,
            message:
                "cannot read the secrets in '\(path)': \(reason); restore the file, or remove it and arm the sources"
        )
    }

    private func write(_ values: [String: [String: [UInt8]]]) throws(KeptSecretError) {
        let members = values.sorted { $0.key < $1.key }.map { source, secrets in
            JSONMember(
                source,
                .object(secrets.sorted { $0.key < $1.key }.map { JSONMember($0.key, .string(Base64.encode($0.value))) })
            )
        }
        var writer = JSONWriter()
        writer.append(canonical: .object(members))
        do throws(PrivateFileError) {
            try file.replace(with: writer.bytes)
        } catch {
            throw KeptSecretError(code: .notWritten, message: "cannot write '\(file.path)': \(error.message)")
        }
    }
}
