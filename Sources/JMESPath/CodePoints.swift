/// Unicode code points in UTF-8, which JMESPath counts texts in.
enum CodePoints {
    static func isStart(_ byte: UInt8) -> Bool { byte & 0xC0 != 0x80 }

    static func count(_ bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        for byte in bytes where isStart(byte) { count += 1 }
        return count
    }

    /// The offset of every code point.
    static func starts(in bytes: UnsafeRawBufferPointer) -> [Int] { bytes.indices.filter { isStart(bytes[$0]) } }

    /// The offset of the code point with a number; the text's length when there are fewer.
    static func offset(of number: Int, in bytes: UnsafeRawBufferPointer) -> Int {
        var rest = number
        for index in bytes.indices where isStart(bytes[index]) {
            if rest == 0 { return index }
            rest -= 1
        }
        return bytes.count
    }

    /// The text backwards.
    static func reversed(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var end = bytes.count
        for index in bytes.indices.reversed() where isStart(bytes[index]) || index == 0 {
            result.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[index..<end]))
            end = index
        }
        return result
    }
}
