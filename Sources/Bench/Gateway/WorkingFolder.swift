internal import CLinux
internal import Glibc

/// A folder of our own that is removed with everything in it.
final class WorkingFolder {
    let path: String

    /// - Parameter parent: where to make it. Without one, where the system keeps temporary files, but not in memory:
    ///   there a flush to disk costs nothing, and the figures would mean nothing.
    /// - Throws: ``BenchError`` when none can be made.
    init(in parent: String?) throws(BenchError) {
        var parents = parent.map { [$0] } ?? []
        if parent == nil {
            let usual = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
            parents = Self.isInMemory(usual) ? ["/var/tmp", usual] : [usual]
        }
        var template: [CChar] = []
        for parent in parents {
            template = Array("\(parent)/audit-gateway-bench.XXXXXX".utf8CString)
            if mkdtemp(&template) != nil {
                path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
                return
            }
        }
        throw .system("make a folder in '\(parents.last ?? "")'", number: errno)
    }

    deinit { Self.remove(path) }

    static func remove(_ path: String) { _ = clinux_remove_folder(path) }

    /// A new folder inside.
    func folder(_ name: String) throws(BenchError) -> String {
        let folder = "\(path)/\(name)"
        guard mkdir(folder, 0o700) == 0 else { throw .system("make '\(folder)'", number: errno) }
        return folder
    }

    /// The kind of file system, such as `ext4`.
    var filesystem: String { Self.names[clinux_filesystem(path)] ?? "an unknown file system" }

    /// Whether a flush to disk reaches no disk here.
    var isInMemory: Bool { Self.isInMemory(path) }

    private static func isInMemory(_ path: String) -> Bool { names[clinux_filesystem(path)] == "tmpfs" }

    /// From linux/magic.h.
    private static let names: [UInt64: String] = [
        0xEF53: "ext4", 0x5846_5342: "xfs", 0x9123_683E: "btrfs", 0x0102_1994: "tmpfs", 0x794C_7630: "overlayfs",
        0x2FC1_2FC1: "zfs", 0xF2F5_2010: "f2fs", 0x6969: "nfs",
    ]
}
