/// Some of the events of a segment, by their place in it.
struct EventBitmap: Equatable {
    /// How many events the segment has.
    let count: Int
    private(set) var words: [UInt64]

    init(count: Int, isFull: Bool = false) {
        self.count = count
        words = Array(repeating: isFull ? .max : 0, count: (count + 63) / 64)
        if isFull { clearRest() }
    }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
    var population: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    func contains(_ place: Int) -> Bool { words[place >> 6] >> UInt64(place & 63) & 1 != 0 }

    @inline(__always)
    mutating func insert(_ place: Int) { words[place >> 6] |= 1 << UInt64(place & 63) }

    mutating func insert(_ places: Range<Int>) {
        guard !places.isEmpty else { return }
        let first = places.lowerBound >> 6
        let last = (places.upperBound - 1) >> 6
        let head = UInt64.max << UInt64(places.lowerBound & 63)
        let tail = UInt64.max >> UInt64(63 - (places.upperBound - 1) & 63)
        if first == last {
            words[first] |= head & tail
            return
        }
        words[first] |= head
        for word in first + 1..<last { words[word] = .max }
        words[last] |= tail
    }

    /// Adds 64 events from a place on that is a multiple of 64.
    mutating func insert(word: UInt64, at index: Int) { words[index] |= word }

    mutating func formUnion(_ other: EventBitmap) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    mutating func formIntersection(_ other: EventBitmap) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    mutating func complement() {
        for index in words.indices { words[index] = ~words[index] }
        clearRest()
    }

    private mutating func clearRest() {
        guard count & 63 != 0, let last = words.indices.last else { return }
        words[last] &= .max >> UInt64(64 - count & 63)
    }

    /// The events in a range of places, in the order asked for.
    func places(in range: ClosedRange<Int>, isDescending: Bool) -> [Int] {
        var places: [Int] = []
        for index in range.lowerBound >> 6...range.upperBound >> 6 {
            var word = words[index]
            while word != 0 {
                let place = index << 6 + word.trailingZeroBitCount
                if range.contains(place) { places.append(place) }
                word &= word - 1
            }
        }
        if isDescending { places.reverse() }
        return places
    }
}
