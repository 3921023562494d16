import COpenSSL
import Glibc

/// The state of one hash under way, for one thread at a time.
struct DigestContext {
    let pointer: OpaquePointer

    init() { pointer = require(EVP_MD_CTX_new(), "EVP_MD_CTX_new") }

    func free() { EVP_MD_CTX_free(pointer) }

    /// Begins a hash, whatever was before.
    @inline(__always)
    func reset(_ method: DigestMethod) {
        requireSuccess(EVP_DigestInit_ex2(pointer, method.pointer, nil), "EVP_DigestInit_ex2")
    }

    /// Begins another hash of the same kind, some 10 ns faster than ``reset(_:)``.
    @inline(__always)
    func restart() { requireSuccess(EVP_DigestInit_ex2(pointer, nil, nil), "EVP_DigestInit_ex2") }

    @inline(__always)
    func update(_ bytes: UnsafeRawBufferPointer) {
        requireSuccess(EVP_DigestUpdate(pointer, bytes.baseAddress, bytes.count), "EVP_DigestUpdate")
    }

    /// Writes the digest; `output` has room for it, which the callers check.
    @inline(__always)
    func finish(into output: UnsafeMutableRawBufferPointer) {
        requireSuccess(
            EVP_DigestFinal_ex(pointer, output.baseAddress?.assumingMemoryBound(to: UInt8.self), nil),
            "EVP_DigestFinal_ex"
        )
    }
}

/// One reusable context a thread, for hashes that begin and end within one call.
///
/// A new context costs several allocations, more than hashing 64 bytes does. Nothing suspends between taking the
/// context and its last use, so that no other task can find it half way.
enum ThreadDigestContext {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key) { value in
            guard let value else { return }
            EVP_MD_CTX_free(OpaquePointer(value))
        }
        precondition(status == 0, "pthread_key_create failed with error \(status)")
        return key
    }()

    static var current: DigestContext {
        if let value = pthread_getspecific(key) { return DigestContext(pointer: OpaquePointer(value)) }
        let context = DigestContext()
        pthread_setspecific(key, UnsafeRawPointer(context.pointer))
        return context
    }
}

extension DigestContext {
    fileprivate init(pointer: OpaquePointer) { self.pointer = pointer }
}
