internal import Glibc

/// Bytes in one place, which grows when it must and never shrinks.
///
/// It belongs to one thread. An array would do, but for reading from sockets into room that is not initialised.
final class GrowingBuffer {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 64)
        base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// Valid until the buffer is changed.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    func removeAll() { count = 0 }

    func removeFirst(_ removed: Int) {
        precondition((0...count).contains(removed), "\(removed) bytes removed of \(count)")
        count -= removed
        if count > 0 { memmove(base, base + removed, count) }
    }

    /// Room for at least some bytes behind the contents; ``added(_:)`` says how many were written there.
    @inline(__always)
    func room(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        if capacity - count < byteCount { grow(to: count + byteCount) }
        return UnsafeMutableRawBufferPointer(start: base + count, count: capacity - count)
    }

    func added(_ byteCount: Int) {
        precondition(count + byteCount <= capacity, "\(byteCount) bytes written behind \(count) of \(capacity)")
        count += byteCount
    }

    func append(_ added: UnsafeRawBufferPointer) {
        guard let start = added.baseAddress else { return }
        _ = room(added.count)
        memcpy(base + count, start, added.count)
        count += added.count
    }

    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func append(decimal number: Int) {
        var number = number
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var first = digits.count
            repeat {
                first -= 1
                digits[first] = UInt8(ascii: "0") + UInt8(number % 10)
                number /= 10
            } while number > 0
            append(UnsafeRawBufferPointer(rebasing: digits[first...]))
        }
    }

    private func grow(to needed: Int) {
        let larger = max(needed, capacity * 2)
        let place = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        memcpy(place, base, count)
        base.deallocate()
        base = place
        capacity = larger
    }
}
