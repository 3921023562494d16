internal import Glibc

/// Where a benchmark ran.
struct Machine: Sendable {
    let processor: String
    let cores: Int
    let kernel: String
    let filesystem: String
    let isInMemory: Bool
    /// Of the minute before the run.
    let loadAverage: Double

    init(folder: WorkingFolder) {
        let model = (textOfFile("/proc/cpuinfo") ?? "").split(separator: "\n").first { $0.hasPrefix("model name") }
        processor = model?.split(separator: ":").last.map { String($0.drop { $0 == " " }) } ?? "an unknown processor"
        cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        kernel = (textOfFile("/proc/sys/kernel/osrelease") ?? "").split(separator: "\n").first.map { String($0) } ?? ""
        filesystem = folder.filesystem
        isInMemory = folder.isInMemory
        let average = (textOfFile("/proc/loadavg") ?? "").split(separator: " ").first
        loadAverage = average.flatMap { Double($0) } ?? 0
    }
}
