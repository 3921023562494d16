import Cryptography
import Testing

/// The bytes of hexadecimal digits in a table of vectors; white space between them is for the reader.
func hex(_ digits: String) throws -> [UInt8] { try #require(Hex.decode(digits.filter { !$0.isWhitespace })) }

/// A generator whose sequence is the same in each run, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        // splitmix64
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}
