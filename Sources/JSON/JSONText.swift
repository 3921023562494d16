/// A string on a document's tape: decoded UTF-8, read in place.
///
/// Valid as long as the ``JSONDocument`` it came from (see there).
package struct JSONText {
    package let start: UnsafePointer<UInt8>
    /// Length in bytes.
    package let count: Int

    @inline(__always)
    package init(start: UnsafePointer<UInt8>, count: Int) {
        self.start = start
        self.count = count
    }

    @inline(__always)
    package var buffer: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }
    @inline(__always)
    package var rawBuffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(buffer) }
    package var bytes: [UInt8] { [UInt8](buffer) }
    package var string: String { String(decoding: buffer, as: UTF8.self) }

    @inline(__always)
    package func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard count > 0, let base = other.baseAddress else { return true }
        return memoryIsEqual(start, base, count)
    }
}

extension JSONText: Equatable {
    package static func == (a: JSONText, b: JSONText) -> Bool { a.isEqual(to: b.rawBuffer) }
}
