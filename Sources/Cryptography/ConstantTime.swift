import COpenSSL

/// Whether two secrets have the same bytes, in a time that depends on their length only.
///
/// Different lengths are false at once: the length of a digest or token is no secret.
package func isEqualInConstantTime(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    guard let first = a.baseAddress, let second = b.baseAddress else { return true }
    return CRYPTO_memcmp(first, second, a.count) == 0
}

/// Whether two secrets have the same bytes, in a time that depends on their length only.
package func isEqualInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.withUnsafeBytes { first in b.withUnsafeBytes { second in isEqualInConstantTime(first, second) } }
}
