import COpenSSL

/// Bytes that nobody can guess, from OpenSSL's generator, which the kernel seeds.
///
/// A generator that fails stops the process: there is no safe way on without randomness.
package enum SecureRandom {
    package static func fill(_ output: UnsafeMutableRawBufferPointer) {
        var rest = output
        while !rest.isEmpty {
            // RAND_bytes takes its length as a C int.
            let portion = min(rest.count, Int(Int32.max))
            let start = rest.baseAddress?.assumingMemoryBound(to: UInt8.self)
            requireSuccess(RAND_bytes(start, Int32(portion)), "RAND_bytes")
            rest = UnsafeMutableRawBufferPointer(rebasing: rest[portion...])
        }
    }

    package static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { output, initializedCount in
            fill(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[..<count]))
            initializedCount = count
        }
    }

    /// A name nobody can guess: `prefix` and then so many characters of `a-z2-7`, 5 bits of chance each.
    ///
    ///     SecureRandom.token(prefix: "agt_", characters: 32)   // agt_6pu3k2ln…, 160 bits
    package static func token(prefix: String, characters: Int) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        // 256 is a multiple of 32, so that the lowest five bits of a byte favour no character.
        return prefix + String(decoding: bytes(characters).map { alphabet[Int($0 & 31)] }, as: UTF8.self)
    }
}
