internal import CCurl

/// libcurl's multi handle: the transfers under way and the connections kept between them.
///
/// Sendable because everything but ``wake()`` is called on the one thread that owns it, and libcurl allows
/// `curl_multi_wakeup` from any thread.
final class CurlMulti: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer

    // curl_global_init must run once, before anything else. 3 is CURL_GLOBAL_ALL, a macro that Swift does not import.
    private static let isInitialised = curl_global_init(3) == CURLE_OK

    init() throws(ForwardingError) {
        guard CurlMulti.isInitialised, let handle = curl_multi_init() else {
            throw ForwardingError(code: .noResources, message: "libcurl could not be started; is memory short?")
        }
        self.handle = handle
    }

    deinit { curl_multi_cleanup(handle) }

    /// Ends a ``poll(milliseconds:)`` that is under way, or the next one at once.
    func wake() { curl_multi_wakeup(handle) }

    func add(_ transfer: UnsafeMutableRawPointer) {
        let code = curl_multi_add_handle(handle, transfer)
        precondition(code == CURLM_OK, "curl_multi_add_handle: \(CurlMulti.text(code))")
    }

    func remove(_ transfer: UnsafeMutableRawPointer) {
        let code = curl_multi_remove_handle(handle, transfer)
        precondition(code == CURLM_OK, "curl_multi_remove_handle: \(CurlMulti.text(code))")
    }

    /// Moves what can be moved without waiting.
    func perform() {
        var running: Int32 = 0
        let code = curl_multi_perform(handle, &running)
        precondition(code == CURLM_OK, "curl_multi_perform: \(CurlMulti.text(code))")
    }

    /// Waits until something can be moved, ``wake()`` is called or the time is over.
    func poll(milliseconds: Int32) {
        let code = curl_multi_poll(handle, nil, 0, milliseconds, nil)
        precondition(code == CURLM_OK, "curl_multi_poll: \(CurlMulti.text(code))")
    }

    /// The easy handle of a transfer that has ended since the last call, and how.
    func nextFinished() -> (handle: UnsafeMutableRawPointer, code: CURLcode)? {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(handle, &remaining) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            return (easy, ccurl_result(message))
        }
        return nil
    }

    private static func text(_ code: CURLMcode) -> String { String(cString: curl_multi_strerror(code)) }
}
