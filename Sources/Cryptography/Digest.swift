import COpenSSL

/// The hash functions of FIPS 180-4 that the gateway meets: SHA-256 in its own log, the others in vendors' signatures.
package enum Digest {
    package enum Algorithm: String, Sendable, CaseIterable {
        /// Only for vendors that still sign with it; never for anything of our own.
        case sha1
        case sha256
        case sha384
        case sha512

        /// Length of the digest in bytes.
        package var byteCount: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }

        /// Length of the block that the hash function works on, in bytes; HMAC pads its key to it.
        package var blockByteCount: Int {
            switch self {
            case .sha1, .sha256: 64
            case .sha384, .sha512: 128
            }
        }

        /// The name OpenSSL knows the function by.
        var name: String {
            switch self {
            case .sha1: "SHA1"
            case .sha256: "SHA256"
            case .sha384: "SHA384"
            case .sha512: "SHA512"
            }
        }

        var method: DigestMethod {
            switch self {
            case .sha1: .sha1
            case .sha256: .sha256
            case .sha384: .sha384
            case .sha512: .sha512
            }
        }
    }

    /// The digest of `bytes`, ``Algorithm/byteCount`` bytes long.
    package static func hash(_ algorithm: Algorithm, _ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let context = ThreadDigestContext.current
        return [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { output, count in
            context.reset(algorithm.method)
            context.update(bytes)
            context.finish(into: UnsafeMutableRawBufferPointer(output))
            count = algorithm.byteCount
        }
    }

    /// The digest of the parts in their order, as if they were one message; ``Algorithm/byteCount`` bytes long.
    package static func hash(_ algorithm: Algorithm, parts: [UnsafeRawBufferPointer]) -> [UInt8] {
        let context = ThreadDigestContext.current
        return [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { output, count in
            context.reset(algorithm.method)
            for part in parts { context.update(part) }
            context.finish(into: UnsafeMutableRawBufferPointer(output))
            count = algorithm.byteCount
        }
    }

    /// The digest of `bytes`, ``Algorithm/byteCount`` bytes long.
    package static func hash(_ algorithm: Algorithm, _ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { hash(algorithm, $0) }
    }
}

/// A hash function fetched from OpenSSL's provider, once for the life of the process.
///
/// Fetching by name takes a lock and a look-up; OpenSSL 3 does it on each use of `EVP_sha256()`, which is most of the
/// cost of hashing something short.
///
/// Sendable because a fetched `EVP_MD` is never changed and its reference count is atomic.
struct DigestMethod: @unchecked Sendable {
    let pointer: OpaquePointer

    private init(_ algorithm: Digest.Algorithm) {
        pointer = require(EVP_MD_fetch(nil, algorithm.name, nil), "EVP_MD_fetch")
    }

    static let sha1 = DigestMethod(.sha1)
    static let sha256 = DigestMethod(.sha256)
    static let sha384 = DigestMethod(.sha384)
    static let sha512 = DigestMethod(.sha512)
}
