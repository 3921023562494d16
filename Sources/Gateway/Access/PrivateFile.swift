internal import Glibc
internal import Settings

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
        do throws(DurableFile.Obstacle) {
            return try DurableFile.read(path, limit: PrivateFile.maximumBytes)
        } catch {
            throw PrivateFileError(message: "\(error)")
        }
    }

    /// Puts a new file in the place of the old one, and returns when it is on disk.
    func replace(with bytes: [UInt8]) throws(PrivateFileError) {
        do throws(DurableFile.Obstacle) {
            try DurableFile.replace(path, bytes)
        } catch {
            throw PrivateFileError(message: "\(error)")
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
