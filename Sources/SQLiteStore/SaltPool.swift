internal import Cryptography

/// Salts of 32 random bytes, fetched many at a time: asking the generator costs more than the bytes it gives.
///
/// Each is given out once.
final class SaltPool {
    static let saltBytes = 32
    private static let salts = 512

    private let storage = UnsafeMutableRawBufferPointer.allocate(
        byteCount: SaltPool.salts * SaltPool.saltBytes,
        alignment: 16
    )
    private var next = SaltPool.salts

    init() { storage.initializeMemory(as: UInt8.self, repeating: 0) }

    deinit { storage.deallocate() }

    /// Calls `body` with a salt that nobody had before.
    func withNext<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        if next == SaltPool.salts {
            SecureRandom.fill(storage)
            next = 0
        }
        let start = next * SaltPool.saltBytes
        next += 1
        return try body(UnsafeRawBufferPointer(rebasing: storage[start..<start + SaltPool.saltBytes]))
    }
}
