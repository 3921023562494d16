internal import Glibc

/// What a running process has used so far, read from `/proc` (proc(5)).
struct ProcessUsage: Sendable {
    /// User and system time of all its threads, in seconds; counted in ticks of 10 ms.
    var processorSeconds = 0.0
    /// What it had sent to the disk.
    var writtenBytes = 0
    /// Resident memory now and at most.
    var residentBytes = 0
    var peakResidentBytes = 0

    init() {}

    /// Nil when there is no such process.
    init?(of id: pid_t) {
        // The name in parentheses may hold anything; fields are counted behind it.
        guard let stat = textOfFile("/proc/\(id)/stat"), let nameEnd = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[nameEnd...].split(separator: " ")
        guard fields.count > 13, let user = Int(fields[12]), let system = Int(fields[13]) else { return nil }
        processorSeconds = Double(user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        let status = textOfFile("/proc/\(id)/status") ?? ""
        residentBytes = (Self.number(of: "VmRSS:", in: status) ?? 0) * 1024
        peakResidentBytes = (Self.number(of: "VmHWM:", in: status) ?? 0) * 1024
        writtenBytes = Self.number(of: "write_bytes:", in: textOfFile("/proc/\(id)/io") ?? "") ?? 0
    }

    private static func number(of name: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(whereSeparator: { $0 == " " || $0 == "\t" }).first.flatMap {
                Int($0)
            }
        }
        return nil
    }
}
