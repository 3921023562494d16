internal import Glibc

/// Why a file of the data directory could not be read or written, in words that follow its path.
struct PrivateFileError: Error {
    let message: String

    static func system() -> PrivateFileError { PrivateFileError(message: String(cString: strerror(errno))) }
}

/// A small file for its owner alone (mode 0600), replaced as a whole or not at all, and on disk before anybody relies on it.
struct PrivateFile: Sendable {
    private static let maximumBytes = 16 << 20

    let directory: String
    let name: String

    var path: String { "\(directory)/\(name)" }

    /// The file's bytes; nil when it is not there.
    func read() throws(PrivateFileError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .system()
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system() }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= PrivateFile.maximumBytes else {
                throw PrivateFileError(message: "it has more than \(PrivateFile.maximumBytes) bytes")
            }
        }
    }

    /// Puts a new file in the place of the old one, and returns when it is on disk.
    ///
    /// It belongs to whoever the folder belongs to, so that an administrator's command does not lock the gateway out.
    func replace(with bytes: [UInt8]) throws(PrivateFileError) {
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .system() }
        defer { close(folder) }
        let draft = "\(path).new"
        // What a crash has left there is nobody's.
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system() }
        var isWritten = PrivateFile.write(bytes, to: descriptor)
        if geteuid() == 0 {
            var status = stat()
            isWritten =
                isWritten && fstat(folder, &status) == 0 && fchown(descriptor, status.st_uid, status.st_gid) == 0
        }
        isWritten = isWritten && fsync(descriptor) == 0
        isWritten = close(descriptor) == 0 && isWritten
        guard isWritten, rename(draft, path) == 0 else {
            let error = PrivateFileError.system()
            unlink(draft)
            throw error
        }
        // The new name is on disk with its folder.
        guard fsync(folder) == 0 else { throw .system() }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Whether another file stands there than when the last mark was made; made before the file is read.
    func mark() -> Mark {
        var status = stat()
        guard stat(path, &status) == 0 else { return Mark(words: []) }
        return Mark(words: [
            Int(status.st_ino), Int(status.st_size), Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec),
        ])
    }

    /// What changes when a file does.
    struct Mark: Equatable, Sendable {
        fileprivate let words: [Int]
    }
}
