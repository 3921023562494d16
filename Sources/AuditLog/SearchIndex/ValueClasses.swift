/// The different values of a field in one segment, as long as they are few, with the events that have each.
///
/// They say exactly who has a value, where slots only say who may, so that an exclusion can be answered too. A value is
/// known by its hash alone: what it is, the events themselves say.
///
/// In a segment they are a byte, 1 when they are known, and then the classes, one after another: the hash (8 bytes), the
/// list's length, the list. An event in none has no value.
struct ValueClasses {
    /// More values than that are too many to look at one event of each.
    static let maximumCount = 64

    private var hashes: [UInt64] = []
    private var places: [[UInt16]] = []
    private var isGivenUp = false
    private var latest = 0

    mutating func removeAll() {
        hashes.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        isGivenUp = false
        latest = 0
    }

    /// From now on nothing is known of this segment's values.
    mutating func giveUp() {
        removeAll()
        isGivenUp = true
    }

    /// Enters an event, which comes after all those before.
    @inline(__always)
    mutating func insert(_ hash: UInt64, _ place: UInt16) {
        if isGivenUp { return }
        if let index = index(of: hash) { places[index].append(place) }
    }

    /// Has a closure enter events that come after all those before; true too when nothing is entered any more.
    mutating func insert(_ hash: UInt64, _ append: (inout [UInt16]) -> Bool) -> Bool {
        guard !isGivenUp, let index = index(of: hash) else { return true }
        return append(&places[index])
    }

    private mutating func index(of hash: UInt64) -> Int? {
        if latest < hashes.count, hashes[latest] == hash { return latest }
        if let found = hashes.firstIndex(of: hash) {
            latest = found
            return found
        }
        guard hashes.count < ValueClasses.maximumCount else {
            giveUp()
            return nil
        }
        hashes.append(hash)
        places.append([])
        latest = hashes.count - 1
        return latest
    }

    func append(to content: GrowingBytes) {
        content.reserve(1)
        content.append(isGivenUp ? 0 : 1)
        guard !isGivenUp else { return }
        for (hash, places) in zip(hashes, places) {
            content.reserve(8)
            withUnsafeBytes(of: hash.littleEndian) { for byte in $0 { content.append(byte) } }
            places.withUnsafeBufferPointer { PostingList.append($0, to: content) }
        }
    }

    /// Whether a segment knows a field's values.
    static func areKnown(_ content: UnsafeRawBufferPointer) -> Bool { content.first == 1 }

    /// Calls `body` with each class; false when the bytes are none.
    static func forEach(
        _ content: UnsafeRawBufferPointer,
        _ body: (_ hash: UInt64, _ list: UnsafeRawBufferPointer) -> Bool
    ) -> Bool {
        var position = 1
        while position < content.count {
            guard content.count - position > 8 else { return false }
            let hash = UInt64(littleEndian: content.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position += 8
            guard let length = PostingList.number(content, &position), length <= content.count - position else {
                return false
            }
            guard body(hash, UnsafeRawBufferPointer(rebasing: content[position..<position + length])) else {
                return false
            }
            position += length
        }
        return true
    }
}
