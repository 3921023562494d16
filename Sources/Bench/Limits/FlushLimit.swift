internal import Glibc

/// How long the disk takes to confirm 4 KiB appended to a file.
struct FlushLimit: Sendable {
    /// In nanoseconds.
    let latency: Percentiles

    static func measure(seconds: Double, folder: String) throws(BenchError) -> FlushLimit {
        let path = "\(folder)/flush"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("write '\(path)'", number: errno) }
        defer { close(descriptor) }
        let block = [UInt8](repeating: 1, count: 4096)
        var latencies: [Int64] = []
        var now = Nanoseconds.now()
        let end = now + Int64(seconds * Double(Nanoseconds.second))
        while now < end {
            guard write(descriptor, block, block.count) == block.count, fdatasync(descriptor) == 0 else {
                throw .system("write '\(path)'", number: errno)
            }
            let done = Nanoseconds.now()
            latencies.append(done - now)
            now = done
            try Interruption.check()
        }
        return FlushLimit(latency: Percentiles(latencies))
    }
}
