internal import Glibc

/// Log events of Auth0's kind, which a number makes different from each other.
///
/// The number is an event's id: it stands in 18 digits in `log_id` and in the description, which mappings keep, and the
/// date is made of it, one millisecond an event, so that events follow each other as a vendor's do. The same number
/// gives the same bytes, so that a repeat is a true one.
final class Payload: Sendable {
    /// Stands before the 18 digits wherever an event is looked for.
    static let marker: StaticString = "bench-"
    static let idDigits = 18

    private struct Template {
        let bytes: [UInt8]
        /// Where the 18 digits go.
        let idOffsets: [Int]
        /// Where `HH:MM:SS.mmm` goes.
        let dateOffsets: [Int]
    }

    private let templates: [Template]

    init() { templates = PayloadTemplates.all.map(Self.template) }

    /// Of one event on average.
    var meanByteCount: Int { templates.reduce(0) { $0 + $1.bytes.count } / templates.count }

    /// How long a request's body is.
    func byteCount(first: Int, count: Int) -> Int {
        var total = 2 + count - 1
        for id in first..<first + count { total += templates[id % templates.count].bytes.count }
        return total
    }

    /// Appends a request's body, an array of events with ascending ids.
    func append(first: Int, count: Int, to buffer: GrowingBuffer) {
        let byteCount = byteCount(first: first, count: count)
        guard var place = buffer.room(byteCount).baseAddress else { return }
        place.storeBytes(of: UInt8(ascii: "["), as: UInt8.self)
        place += 1
        for id in first..<first + count {
            if id > first {
                place.storeBytes(of: UInt8(ascii: ","), as: UInt8.self)
                place += 1
            }
            place += write(id, to: place)
        }
        place.storeBytes(of: UInt8(ascii: "]"), as: UInt8.self)
        buffer.added(byteCount)
    }

    private func write(_ id: Int, to place: UnsafeMutableRawPointer) -> Int {
        let template = templates[id % templates.count]
        template.bytes.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { memcpy(place, base, bytes.count) }
        }
        withUnsafeTemporaryAllocation(byteCount: Self.idDigits, alignment: 1) { digits in
            Self.write(id, digits: Self.idDigits, to: digits, at: 0)
            for offset in template.idOffsets {
                (place + offset).copyMemory(from: digits.baseAddress ?? place, byteCount: Self.idDigits)
            }
        }
        let day = id % 86_400_000
        for offset in template.dateOffsets {
            let date = UnsafeMutableRawBufferPointer(start: place + offset, count: 12)
            Self.write(day / 3_600_000, digits: 2, to: date, at: 0)
            Self.write(day / 60_000 % 60, digits: 2, to: date, at: 3)
            Self.write(day / 1000 % 60, digits: 2, to: date, at: 6)
            Self.write(day % 1000, digits: 3, to: date, at: 9)
        }
        return template.bytes.count
    }

    @inline(__always)
    private static func write(_ number: Int, digits: Int, to bytes: UnsafeMutableRawBufferPointer, at offset: Int) {
        var number = UInt64(number)
        for place in stride(from: offset + digits - 1, through: offset, by: -1) {
            bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
            number /= 10
        }
    }

    /// The id in the text of an event, whatever a mapping made of it; nil when there is none.
    @inline(__always)
    static func id(in event: UnsafeRawBufferPointer) -> Int? {
        guard let offset = firstOffset(of: marker, in: event) else { return nil }
        let start = offset + marker.utf8CodeUnitCount
        guard event.count - start >= idDigits else { return nil }
        var id = 0
        for place in start..<start + idDigits {
            let digit = event[place] &- 0x30
            guard digit <= 9 else { return nil }
            id = id &* 10 &+ Int(digit)
        }
        return id
    }

    private static func template(_ text: String) -> Template {
        let bytes = Array(text.utf8)
        return Template(
            bytes: bytes,
            idOffsets: offsets(of: String(repeating: "#", count: idDigits), in: bytes),
            dateOffsets: offsets(of: "HH:MM:SS.mmm", in: bytes)
        )
    }

    private static func offsets(of part: String, in bytes: [UInt8]) -> [Int] {
        let part = Array(part.utf8)
        return (0...bytes.count - part.count).filter { bytes[$0..<$0 + part.count].elementsEqual(part) }
    }
}
