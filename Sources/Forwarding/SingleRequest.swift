internal import CCurl

/// One HTTP request on the caller's thread, for the command line and for tests of sinks: never on an event loop or a cooperative thread.
package struct SingleRequest {
    package struct Reply: Sendable {
        package let status: Int
        package let body: [UInt8]
    }

    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)]
    /// nil sends none.
    package var body: [UInt8]?
    package var timeout = Duration.seconds(30)
    /// PEM file of the authorities to trust; nil for the system's.
    package var authoritiesFile: String?

    package init(method: String, url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    private final class Received {
        var bytes: [UInt8] = []
    }

    /// Sends the request and waits for the whole answer, at most 64 MiB of it.
    package func send() throws(ForwardingError) -> Reply {
        guard let handle = curl_easy_init() else {
            throw ForwardingError(code: .noResources, message: "libcurl could not be started; is memory short?")
        }
        defer { curl_easy_cleanup(handle) }
        var list: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(list) }
        // "Expect" waits for a go-ahead that few servers send in time.
        for line in headers.map({ "\($0.name): \($0.value)" }) + ["Expect:"] { list = curl_slist_append(list, line) }
        let received = Received()
        return try withExtendedLifetime(received) { () throws(ForwardingError) in
            let code = perform(handle, list, received)
            guard code == CURLE_OK else {
                throw ForwardingError(
                    code: .noResources,
                    message: "\(method) \(url): \(String(cString: curl_easy_strerror(code)))"
                )
            }
            var status = 0
            _ = ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
            return Reply(status: status, body: received.bytes)
        }
    }

    private func perform(
        _ handle: UnsafeMutableRawPointer,
        _ list: UnsafeMutablePointer<curl_slist>?,
        _ received: Received
    ) -> CURLcode {
        var code = CURLE_OK
        func set(_ result: CURLcode) { if code == CURLE_OK { code = result } }
        set(ccurl_set_text(handle, CURLOPT_URL, url))
        set(ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, method))
        set(ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1))
        set(ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"))
        // The request goes where its caller says, as a sink's do: `http_proxy` in the environment does not divert it.
        set(ccurl_set_text(handle, CURLOPT_PROXY, ""))
        set(ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, timeout.wholeMilliseconds))
        set(ccurl_set_list(handle, CURLOPT_HTTPHEADER, list))
        if let authoritiesFile { set(ccurl_set_text(handle, CURLOPT_CAINFO, authoritiesFile)) }
        set(ccurl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(received).toOpaque()))
        set(
            ccurl_set_write_function(handle) { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let received = Unmanaged<Received>.fromOpaque(context).takeUnretainedValue()
                let length = size * count
                // Any other count than the length makes libcurl give up.
                guard received.bytes.count + length <= 64 << 20 else { return 0 }
                received.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: length))
                return length
            }
        )
        guard let body, !body.isEmpty else { return code == CURLE_OK ? curl_easy_perform(handle) : code }
        return body.withUnsafeBytes { bytes in
            set(ccurl_set_pointer(handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress)))
            set(ccurl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
            return code == CURLE_OK ? curl_easy_perform(handle) : code
        }
    }
}
