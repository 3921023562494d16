import COpenSSL

/// Stops the process when OpenSSL refuses an operation that cannot fail on valid arguments.
///
/// Digests over memory fail only when memory is exhausted or the library is broken; going on would mean wrong hashes
/// in the log.
@inline(__always)
func requireSuccess(_ status: Int32, _ operation: StaticString) {
    if status != 1 { stopAfterOpenSSLFailure(operation) }
}

/// Unwraps a pointer that OpenSSL returns null for only when memory is exhausted or an algorithm is not installed.
@inline(__always)
func require(_ pointer: OpaquePointer?, _ operation: StaticString) -> OpaquePointer {
    guard let pointer else { stopAfterOpenSSLFailure(operation) }
    return pointer
}

@inline(never)
private func stopAfterOpenSSLFailure(_ operation: StaticString) -> Never {
    preconditionFailure("OpenSSL: \(operation) failed: \(lastOpenSSLError())")
}

/// The oldest entry of this thread's OpenSSL error queue as text; the queue is empty afterwards.
func lastOpenSSLError() -> String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0 else { return "no reason given" }
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(code, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
