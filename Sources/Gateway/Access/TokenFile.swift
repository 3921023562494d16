internal import Glibc
internal import JSON

/// Why the tokens of a data directory could not be read or changed.
package struct TokenFileError: Error, CustomStringConvertible {
    /// What happened and how to mend it; never a secret.
    package let message: String

    package init(message: String) { self.message = message }

    package var description: String { message }
}

/// The tokens that commands make and take back, in `tokens.json` of the data directory.
///
///     { "tokens": [ { "name": "shop", "scopes": ["write"], "created_at": 1795000000000000,
///                     "secrets": [ { "sha256": "…", "created_at": 1795000000000000 } ] } ] }
///
/// Beside the store and not in it: a command changes it while the gateway holds the store's lock, and the gateway looks
/// for a change every second. When each was used last is in `token-uses.json`, which only the gateway writes.
package struct TokenFile: Sendable {
    let file: PrivateFile
    private let uses: PrivateFile

    /// - Parameter directory: the data directory.
    package init(directory: String) {
        file = PrivateFile(directory: directory, name: "tokens.json")
        uses = PrivateFile(directory: directory, name: "token-uses.json")
    }

    /// The tokens in the order in which they were made; none without a file.
    package func read() throws(TokenFileError) -> [IssuedToken] {
        let bytes: [UInt8]
        do throws(PrivateFileError) {
            guard let found = try file.read() else { return [] }
            bytes = found
        } catch {
            throw unreadable(error.message)
        }
        let document = JSONDocument()
        do throws(JSONError) { try document.parse(bytes) } catch { throw unreadable(error.message) }
        guard let elements = document.root["tokens"]?.elements else { throw unreadable("it has no 'tokens'") }
        var tokens: [IssuedToken] = []
        for (index, element) in elements.enumerated() {
            guard let token = IssuedToken(element) else { throw unreadable("its token \(index + 1) is damaged") }
            tokens.append(token)
        }
        return tokens
    }

    private func unreadable(_ reason: String) -> TokenFileError {
        TokenFileError(message: "cannot read the tokens in '\(file.path)': \(reason); restore the file, or remove it")
    }

    /// Reads the tokens, lets `body` change them, and returns when what it left is on disk.
    ///
    /// Of several commands at once each waits for the others.
    package func change<Result>(
        _ body: (inout [IssuedToken]) throws(TokenFileError) -> Result
    ) throws(TokenFileError) -> Result {
        makeDirectory()
        let lock = "\(file.directory)/tokens.lock"
        let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw TokenFileError(message: "cannot open '\(lock)': \(PrivateFileError.system().message)")
        }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw TokenFileError(message: "cannot lock '\(lock)': \(PrivateFileError.system().message)")
            }
        }
        var tokens = try read()
        let result = try body(&tokens)
        var writer = JSONWriter()
        writer.append(canonical: .object([JSONMember("tokens", .array(tokens.map(\.json)))]))
        do throws(PrivateFileError) {
            try file.replace(with: writer.bytes)
        } catch {
            throw TokenFileError(message: "cannot write '\(file.path)': \(error.message)")
        }
        return result
    }

    /// A first token may be made before the gateway has run.
    private func makeDirectory() {
        var status = stat()
        guard stat(file.directory, &status) != 0, errno == ENOENT else { return }
        // What goes wrong is told by opening the lock.
        mkdir(file.directory, 0o700)
    }

    // MARK: - Uses

    /// When each token was used last, in microseconds since 1970; nothing when that cannot be told.
    package func lastUses() -> [String: Int64] {
        let document = JSONDocument()
        guard let bytes = try? uses.read(), (try? document.parse(bytes)) != nil else { return [:] }
        var times: [String: Int64] = [:]
        document.root.forEachMember { name, value in
            if let time = value.integerValue { times[String(decoding: name, as: UTF8.self)] = time }
        }
        return times
    }

    func writeUses(_ times: [String: Int64]) throws(TokenFileError) {
        var writer = JSONWriter()
        writer.append(canonical: .object(times.map { JSONMember($0.key, .integer($0.value)) }))
        do throws(PrivateFileError) {
            try uses.replace(with: writer.bytes)
        } catch {
            throw TokenFileError(message: "cannot write '\(uses.path)': \(error.message)")
        }
    }
}
