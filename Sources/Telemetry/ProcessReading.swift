import Glibc

/// What Linux says about this process.
///
/// Each value is nil where `/proc` is not mounted; its metric is then missing rather than 0.
struct ProcessReading {
    let residentBytes: Double?
    /// User and system time.
    let processorSeconds: Double?
    /// Since 1970.
    let startSeconds: Double?
    let openFileDescriptors: Double?

    /// The values at this moment; a few system calls, some 20 µs.
    static var current: ProcessReading {
        let fields = statFields()
        let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
        // Fields are numbered from 1 in proc_pid_stat(5); ours begin with the third, the state.
        let ticksAfterBoot = fields.flatMap { $0.count > 19 ? Double($0[19]) : nil }
        let residentPages = fields.flatMap { $0.count > 21 ? Double($0[21]) : nil }
        return ProcessReading(
            residentBytes: residentPages.map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) },
            processorSeconds: processorSeconds(),
            startSeconds: ticksAfterBoot.flatMap { ticks in bootSeconds().map { $0 + ticks / ticksPerSecond } },
            openFileDescriptors: countOfOpenFileDescriptors()
        )
    }

    func write(into text: inout ExpositionText) {
        let samples = [
            (Metric.residentMemory, residentBytes), (Metric.processorTime, processorSeconds),
            (Metric.startTime, startSeconds), (Metric.openFileDescriptors, openFileDescriptors),
        ]
        for case (let metric, let value?) in samples {
            text.beginFamily(metric)
            text.sample(metric.name, [], .double(value))
        }
    }

    /// The fields of `/proc/self/stat` behind the program's name, which stands in brackets and may hold blanks.
    private static func statFields() -> [Substring]? {
        guard let text = contents(of: "/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
        return text[end...].dropFirst().split(separator: " ")
    }

    /// When the machine started, in seconds since 1970.
    private static func bootSeconds() -> Double? {
        guard let text = contents(of: "/proc/stat") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("btime ") { return Double(line.dropFirst(6)) }
        return nil
    }

    private static func processorSeconds() -> Double? {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
        let microseconds = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + microseconds / 1e6
    }

    private static func countOfOpenFileDescriptors() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Not counted: ".", ".." and the descriptor that reads the directory.
        return Double(count - 3)
    }

    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var portion = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(descriptor, &portion, portion.count)
            guard count >= 0 else { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += portion[..<count]
        }
    }
}
