internal import Schema

/// The slots of a segment in which one field's values are entered.
///
/// A segment has 2^22 slots, each of which lists events; 256 slots that lie together are a bucket, which is read at once.
/// A text is entered under each three bytes of it that follow each other, under its last two bytes and its end, and under
/// its whole value. The bucket follows from the first two bytes of three, so that all places of two bytes are found in
/// one bucket too.
struct FieldTerms {
    /// Buckets of a segment, and slots of a bucket.
    static let bucketCount = 1 << 14
    static let slotsPerBucket = 1 << 8
    static let slotBits: UInt64 = 22
    // What stands for the byte after a text's last.
    private static let end: UInt64 = 256

    private let seed: UInt64
    private let key: SearchIndexKey

    init(_ field: Field, key: SearchIndexKey) {
        self.key = key
        seed = Array(field.id.utf8).withUnsafeBytes { key.hash(0, $0) }
    }

    /// Where the events are that have a value.
    var present: UInt32 { FieldTerms.slot(pair(0x10000), 0) }

    /// Where the events are whose value is entered only as a whole, because it is too long or none of the field's type.
    var saturated: UInt32 { FieldTerms.slot(pair(0x10001), 0) }

    /// Tells values apart: of a text's bytes, or of how a number or truth value is written.
    func hash(_ value: UnsafeRawBufferPointer) -> UInt64 { key.hash(seed, value) }

    /// Where the events are that have a value of that hash.
    static func slot(ofValue hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> (64 - slotBits)) }

    /// How many slots a text is entered in, besides that of its value.
    static func count(ofTextOf length: Int) -> Int { max(0, length - 1) }

    /// Calls `body` with the slots of a text's parts in order: of each three bytes, and last of its end.
    @inline(__always)
    func forEachSlot(of text: UnsafeRawBufferPointer, _ body: (UInt32) -> Void) {
        guard text.count >= 2 else { return }
        var first = UInt64(text[0])
        var second = UInt64(text[1])
        for index in 2..<text.count {
            let third = UInt64(text[index])
            body(FieldTerms.slot(pair(first | second << 8), third))
            (first, second) = (second, third)
        }
        body(FieldTerms.slot(pair(first | second << 8), FieldTerms.end))
    }

    /// The slots that a text is in whenever it contains another of three bytes or more.
    ///
    /// First those of parts that do not overlap, because they say most; sixteen at most.
    func slots(ofPart part: [UInt8]) -> [UInt32] {
        let starts = 0..<max(0, part.count - 2)
        let order = starts.filter { $0 % 3 == 0 } + starts.filter { $0 % 3 != 0 }
        return order.prefix(16).map { start in
            FieldTerms.slot(pair(UInt64(part[start]) | UInt64(part[start + 1]) << 8), UInt64(part[start + 2]))
        }
    }

    /// The bucket in whose slots a text is whenever it contains two bytes.
    func bucket(ofPair first: UInt8, _ second: UInt8) -> Int {
        Int(FieldTerms.slot(pair(UInt64(first) | UInt64(second) << 8), 0)) / FieldTerms.slotsPerBucket
    }

    @inline(__always)
    private func pair(_ pair: UInt64) -> UInt64 {
        var mixed = seed ^ ((pair &+ 1) &* 0x9E37_79B9_7F4A_7C15)
        mixed = (mixed ^ mixed >> 29) &* 0xBF58_476D_1CE4_E5B9
        return mixed ^ mixed >> 32
    }

    @inline(__always)
    private static func slot(_ pair: UInt64, _ next: UInt64) -> UInt32 {
        let inside = ((pair ^ (next &+ 1)) &* 0x94D0_49BB_1331_11EB) >> 56
        return UInt32(truncatingIfNeeded: pair >> 50) << 8 | UInt32(truncatingIfNeeded: inside)
    }
}
