/// Ascending places of events in a segment, written as short as they go.
///
/// One byte says how: as the distances between them, as runs of neighbours, or as a bit for each event. Numbers are
/// written seven bits a byte, the lowest first, with the eighth bit set in all bytes but the last (LEB128).
enum PostingList {
    private enum Form: UInt8 { case distances, runs, bits }

    /// Appends a list that is not empty, with its length before it.
    static func append(_ places: UnsafeBufferPointer<UInt16>, to bytes: GrowingBytes) {
        guard let last = places.last else { return }
        if places.count == 1 {
            bytes.reserve(8)
            bytes.append(number: 1 + length(Int(last)))
            bytes.append(Form.distances.rawValue)
            bytes.append(number: Int(last))
            return
        }
        let (distanceBytes, runBytes) = lengths(places)
        let bitBytes = Int(last) / 8 + 1
        let shortest = min(bitBytes, distanceBytes, runBytes)
        bytes.reserve(shortest + 8)
        bytes.append(number: 1 + shortest)
        if shortest == bitBytes {
            bytes.append(Form.bits.rawValue)
            let bits = bytes.appendZeros(bitBytes)
            for place in places { bits[Int(place) >> 3] |= 1 << (place & 7) }
        } else if shortest == runBytes {
            bytes.append(Form.runs.rawValue)
            appendRuns(places, to: bytes)
        } else {
            bytes.append(Form.distances.rawValue)
            var next = 0
            for place in places {
                bytes.append(number: Int(place) - next)
                next = Int(place) + 1
            }
        }
    }

    /// How long a list would be as distances and as runs.
    private static func lengths(_ places: UnsafeBufferPointer<UInt16>) -> (distances: Int, runs: Int) {
        var distances = 0
        var runs = 0
        var next = 0
        var runStart = 0
        for place in places {
            let place = Int(place)
            let distance = length(place - next)
            distances += distance
            if place > next || next == 0 {
                if next > 0 { runs += length(next - runStart) }
                runs += distance
                runStart = place
            }
            next = place + 1
        }
        return (distances, runs + length(next - runStart))
    }

    private static func appendRuns(_ places: UnsafeBufferPointer<UInt16>, to bytes: GrowingBytes) {
        var end = 0
        var index = 0
        while index < places.count {
            let first = Int(places[index])
            var next = first
            while index < places.count, Int(places[index]) == next {
                next += 1
                index += 1
            }
            bytes.append(number: first - end)
            bytes.append(number: next - first)
            end = next
        }
    }

    /// Calls `body` with ranges of places, ascending; false when the bytes are no list of places below `count`.
    @inline(__always)
    static func forEachRange(_ bytes: UnsafeRawBufferPointer, below count: Int, _ body: (Range<Int>) -> Void) -> Bool {
        guard let first = bytes.first, let form = Form(rawValue: first) else { return false }
        var position = 1
        var next = 0
        switch form {
        case .distances:
            while position < bytes.count {
                guard let distance = number(bytes, &position), distance < count - next else { return false }
                let place = next + distance
                body(place..<place + 1)
                next = place + 1
            }
        case .runs:
            while position < bytes.count {
                guard let distance = number(bytes, &position), let length = number(bytes, &position),
                    distance < count - next, length <= count - next - distance
                else { return false }
                body(next + distance..<next + distance + length)
                next += distance + length
            }
        case .bits:
            for index in 1..<bytes.count {
                var byte = bytes[index]
                while byte != 0 {
                    let place = (index - 1) << 3 + byte.trailingZeroBitCount
                    guard place < count else { return false }
                    body(place..<place + 1)
                    byte &= byte - 1
                }
            }
        }
        return true
    }

    /// The first places of a list; nil when the bytes are none of places below `count`.
    static func first(_ number: Int, of bytes: UnsafeRawBufferPointer, below count: Int) -> [Int]? {
        var places: [Int] = []
        guard bytes.first == Form.bits.rawValue else {
            let isList = forEachRange(bytes, below: count) { range in
                if places.count < number { places += range.prefix(number - places.count) }
            }
            return isList ? places : nil
        }
        for index in 1..<bytes.count where bytes[index] != 0 {
            for bit in 0..<8 where bytes[index] >> UInt8(bit) & 1 != 0 { places.append((index - 1) << 3 + bit) }
            if places.count >= number { break }
        }
        return places.allSatisfy { $0 < count } ? Array(places.prefix(number)) : nil
    }

    /// Adds the list's events; false when the bytes are none of them.
    static func insert(_ bytes: UnsafeRawBufferPointer, into events: inout EventBitmap) -> Bool {
        if bytes.first == Form.bits.rawValue { return insertBits(bytes, into: &events) }
        let count = events.count
        return forEachRange(bytes, below: count) { range in
            range.count == 1 ? events.insert(range.lowerBound) : events.insert(range)
        }
    }

    private static func insertBits(_ bytes: UnsafeRawBufferPointer, into events: inout EventBitmap) -> Bool {
        guard bytes.count - 1 <= (events.count + 7) / 8 else { return false }
        var offset = 1
        while offset < bytes.count {
            var word: UInt64 = 0
            if bytes.count - offset >= 8 {
                word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            } else {
                for place in offset..<bytes.count { word |= UInt64(bytes[place]) << UInt64(8 * (place - offset)) }
            }
            events.insert(word: word, at: (offset - 1) / 8)
            offset += 8
        }
        return true
    }

    // MARK: - Numbers

    @inline(__always)
    private static func length(_ number: Int) -> Int { number < 0x80 ? 1 : number < 0x4000 ? 2 : 3 }

    /// The number at a position, which moves behind it; nil when there is none of at most 28 bits.
    @inline(__always)
    static func number(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
        var number = 0
        var shift = 0
        while position < bytes.count, shift < 28 {
            let byte = bytes[position]
            position += 1
            number |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        return nil
    }
}
