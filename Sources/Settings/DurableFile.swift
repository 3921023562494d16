internal import Cryptography
internal import Glibc

/// Small files that are on disk whole, or not there at all.
///
/// They are written under another name first, for their owner alone (mode 0600), flushed, and then given their name. What an
/// administrator writes belongs to whom the folder belongs to, so that a command does not lock the gateway out.
package enum DurableFile {
    /// What stands in the way when a file cannot be written.
    package enum Obstacle: Error, Equatable {
        /// A file of that name is there.
        case exists
        /// The system's words.
        case system(String)
    }

    /// Writes a file that is not there yet.
    package static func create(_ path: String, _ bytes: [UInt8]) throws(Obstacle) {
        let draft = try writeDraft(of: path, bytes)
        defer { unlink(draft) }
        // A link fails where a file is: two who create the same file do not overwrite each other's.
        guard link(draft, path) == 0 else { throw errno == EEXIST ? .exists : systemError }
        try flushFolder(of: path)
    }

    /// Writes a file in the place of the one that is there.
    package static func replace(_ path: String, _ bytes: [UInt8]) throws(Obstacle) {
        let draft = try writeDraft(of: path, bytes)
        guard rename(draft, path) == 0 else {
            let error = systemError
            unlink(draft)
            throw error
        }
        try flushFolder(of: path)
    }

    /// The bytes of a file; nil when there is none.
    package static func read(_ path: String, limit: Int) throws(Obstacle) -> [UInt8]? {
        guard access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        do throws(FileError) {
            return try FileText.read(path, limit: limit)
        } catch {
            throw .system(error.message)
        }
    }

    private static func writeDraft(of path: String, _ bytes: [UInt8]) throws(Obstacle) -> String {
        let draft = "\(path).\(SecureRandom.token(prefix: "", characters: 8)).new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError }
        var isWritten = write(bytes, to: descriptor) && handOver(descriptor, folderOf: path) && fsync(descriptor) == 0
        let error = systemError
        isWritten = close(descriptor) == 0 && isWritten
        guard isWritten else {
            unlink(draft)
            throw error
        }
        return draft
    }

    /// Gives a file of ours to the owner of its folder.
    private static func handOver(_ descriptor: Int32, folderOf path: String) -> Bool {
        guard geteuid() == 0 else { return true }
        var status = stat()
        return stat(FileText.directory(of: path), &status) == 0
            && fchown(descriptor, status.st_uid, status.st_gid) == 0
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

    /// A name is on disk with its folder.
    private static func flushFolder(of path: String) throws(Obstacle) {
        let folder = open(FileText.directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw systemError }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw systemError }
    }

    private static var systemError: Obstacle { .system(String(cString: strerror(errno))) }
}

extension DurableFile.Obstacle: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exists: "a file of that name is there"
        case .system(let message): message
        }
    }
}
