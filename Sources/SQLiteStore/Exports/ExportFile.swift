internal import AuditLog
internal import Cryptography
internal import Foundation

/// A gzip file that grows by whole members (RFC 1952, section 2.2), so that it can be continued after any crash: what lies
/// behind the last member that was flushed is cut off.
final class ExportFile {
    private let descriptor: Int32
    private let path: String
    /// Bytes that are on disk.
    private(set) var bytes: Int64

    /// Opens a file and cuts it to a length; nil when it is shorter, so that it has to be made anew.
    init?(path: String, bytes: Int64) throws(StoreError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw ExportFile.error(path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size >= bytes else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.path = path
        self.bytes = bytes
        guard ftruncate(descriptor, Int(bytes)) == 0 else { throw ExportFile.error(path) }
    }

    deinit { close(descriptor) }

    /// Appends a member with this text and returns when it is on disk.
    func append(_ text: [UInt8]) throws(StoreError) {
        let member: [UInt8]
        do {
            member = try Gzip.deflate(text)
        } catch {
            throw StoreError(code: .unusable, message: "cannot compress an export: \(error)")
        }
        var written = 0
        while written < member.count {
            let count = member[written...].withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, Int(bytes) + written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw ExportFile.error(path) }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw ExportFile.error(path) }
        bytes += Int64(written)
    }

    private static func error(_ path: String) -> StoreError {
        let number = errno
        let reason = String(cString: strerror(number))
        let isFull = number == ENOSPC || number == EDQUOT || number == EFBIG
        return StoreError(code: isFull ? .full : .inputOutput, message: "cannot write the export '\(path)': \(reason)")
    }
}
