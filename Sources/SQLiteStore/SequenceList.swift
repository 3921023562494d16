/// A list of sequences as a blob: eight bytes each, little endian.
enum SequenceList {
    static func encode(_ sequences: [UInt64]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(sequences.count * 8)
        for sequence in sequences {
            withUnsafeBytes(of: sequence.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) -> [UInt64] {
        bytes.withUnsafeBytes { buffer in
            (0..<buffer.count / 8).map {
                UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
            }
        }
    }
}
