internal import CLinux
internal import Glibc

/// The operating system's sentence for an error number.
func systemMessage(_ number: Int32) -> String { String(cString: strerror(number)) }

/// Nanoseconds since some moment of a clock that only goes forward.
enum Nanoseconds {
    static let second: Int64 = 1_000_000_000
    static let millisecond: Int64 = 1_000_000

    @inline(__always)
    static func now() -> Int64 { read(CLOCK_MONOTONIC) }

    /// What the calling thread has used of the processor.
    static func ofThread() -> Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

    @inline(__always)
    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * second + Int64(time.tv_nsec)
    }
}

/// Stops the calling thread for a while; less when a signal arrives.
func pause(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }

/// The text of a small file such as those of `/proc`, at most 64 KiB of it; nil when it cannot be read.
func textOfFile(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
        while count < buffer.count {
            let got = read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
            guard got > 0 else { break }
            count += got
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Where a byte sequence first occurs.
@inline(__always)
func firstOffset(of part: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress,
        let found = clinux_find(base, bytes.count, part.utf8Start, part.utf8CodeUnitCount)
    else { return nil }
    return UnsafeRawPointer(found) - base
}

/// A thread of our own that runs one closure and hands its result to whoever joins it.
struct OwnThread: Sendable {
    /// Unchecked: the thread alone writes the result, and it is read only behind `pthread_join`.
    private final class Work: @unchecked Sendable {
        let body: @Sendable () -> Int64
        var result: Int64 = 0
        init(_ body: @escaping @Sendable () -> Int64) { self.body = body }
    }

    private let work: Work
    private let thread: pthread_t

    /// Throws ``BenchError`` when no thread can be had.
    init(_ body: @escaping @Sendable () -> Int64) throws(BenchError) {
        let work = Work(body)
        var thread = pthread_t()
        // Retained for the thread, which releases it.
        let argument = Unmanaged.passRetained(work)
        let code = pthread_create(&thread, nil, Self.start, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            throw .system("start a thread", number: code)
        }
        self.work = work
        self.thread = thread
    }

    private static let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
        work.result = work.body()
        return nil
    }

    /// Waits for the closure to return; to be called once.
    func join() -> Int64 {
        pthread_join(thread, nil)
        return work.result
    }
}
