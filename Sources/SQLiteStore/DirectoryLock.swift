internal import AuditLog
internal import Glibc

/// The lock that keeps a second process out of a data directory.
///
/// An advisory lock on `<directory>/audit-gateway.lock`; the kernel lets go of it when the process ends, however it ends.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    init(directory: String) throws(StoreError) {
        let path = "\(directory)/audit-gateway.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(
                code: .unusable,
                message:
                    "cannot open '\(path)': \(String(cString: strerror(errno))); create the folder or set store.url"
            )
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = DirectoryLock.holder(of: descriptor)
            close(descriptor)
            throw StoreError(
                code: .locked,
                message: "the data directory '\(directory)' is in use by another audit-gateway\(holder); stop it first"
            )
        }
        let text = "\(getpid())\n"
        ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
    }

    deinit { close(descriptor) }

    private static func holder(of descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0, let process = Int32(String(decoding: buffer[..<count].prefix { $0 != 10 }, as: UTF8.self))
        else {
            return ""
        }
        return " (process \(process))"
    }
}
