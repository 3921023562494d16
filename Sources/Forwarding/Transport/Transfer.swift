internal import CCurl

/// One of a sink's connections: an easy handle that is used for one request after the other.
///
/// Belongs to the forwarding thread. Its follower keeps it as long as it is in the multi handle, so libcurl's plain
/// pointer to it stays good.
final class Transfer {
    let handle: UnsafeMutableRawPointer
    /// Who gets the answer.
    unowned let follower: Follower
    /// What is on its way; nil between two requests.
    var flight: Flight?

    // libcurl writes its words for a failure here; 256 bytes are CURL_ERROR_SIZE.
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var received: [UInt8] = []
    private var envelope = EnvelopeReader()

    init(follower: Follower) throws(ForwardingError) {
        guard let handle = curl_easy_init() else {
            throw ForwardingError(code: .noResources, message: "libcurl has no memory for a connection")
        }
        self.handle = handle
        self.follower = follower
        errorText = .allocate(capacity: 256)
        errorText.initialize(repeating: 0, count: 256)
        try configure(follower.options)
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headers)
        errorText.deallocate()
    }

    private func configure(_ options: SinkOptions) throws(ForwardingError) {
        var settings = EasySettings(handle)
        settings.setOwner(self) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let length = size * count
            Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                .receive(UnsafeRawBufferPointer(start: bytes, count: length))
            return length
        }
        settings.setCommon(errorText: errorText, timeLimit: options.requestTimeout)
        settings.set(ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https"))
        if let file = options.authoritiesFile { settings.setAuthorities(file) }
        let version = options.usesHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1
        settings.set(ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(version)))
        if options.usesHTTP2 { settings.set(ccurl_set_long(handle, CURLOPT_PIPEWAIT, 1)) }
        settings.set(ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.wholeMilliseconds))
        settings.set(ccurl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1))
        // A body of this size leaves in one piece, not in sixteen.
        settings.set(ccurl_set_long(handle, CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10))
        settings.set(ccurl_set_long(handle, CURLOPT_BUFFERSIZE, 64 << 10))
        guard let refusal = settings.refusal else { return }
        throw ForwardingError(
            code: .noResources,
            message: "sink '\(options.name)': libcurl refuses a setting: \(refusal)"
        )
    }

    // MARK: - One request

    /// Makes the handle ready for a POST; the body must stay as it is until the answer.
    func preparePost(to url: String, body: UnsafeRawBufferPointer, headers lines: [String]) {
        require(ccurl_set_text(handle, CURLOPT_URL, url))
        require(ccurl_set_long(handle, CURLOPT_POST, 1))
        require(ccurl_set_pointer(handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: body.baseAddress)))
        require(ccurl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        prepare(lines)
    }

    func prepareGet(of url: String, headers lines: [String]) {
        require(ccurl_set_text(handle, CURLOPT_URL, url))
        require(ccurl_set_pointer(handle, CURLOPT_POSTFIELDS, nil))
        require(ccurl_set_long(handle, CURLOPT_HTTPGET, 1))
        prepare(lines)
    }

    private func prepare(_ lines: [String]) {
        curl_slist_free_all(headers)
        headers = nil
        for line in lines {
            guard let longer = curl_slist_append(headers, line) else {
                preconditionFailure("no memory for a header line")
            }
            headers = longer
        }
        require(ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers))
        received.removeAll(keepingCapacity: true)
        envelope = EnvelopeReader()
        errorText[0] = 0
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) {
        received.append(contentsOf: bytes.prefix(Answer.keptBytes - received.count))
        envelope.read(bytes)
    }

    /// What came back, after libcurl's word that the transfer has ended.
    func answer(_ code: CURLcode) -> Answer {
        guard code == CURLE_OK else {
            let detail = errorText[0] == 0 ? curl_easy_strerror(code) : UnsafePointer(errorText)
            return Answer(failure: detail.map { String(cString: $0) } ?? "libcurl error \(code.rawValue)")
        }
        var status = 0
        require(ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status))
        // Seconds from now; libcurl reads both forms of the header. 0 is "none" as well as "now".
        var seconds: curl_off_t = 0
        require(ccurl_get_size(handle, CURLINFO_RETRY_AFTER, &seconds))
        return Answer(
            status: status,
            body: received,
            envelope: envelope.status,
            retryAfter: seconds > 0 ? .seconds(Int64(seconds)) : nil,
            tokens: follower.options.tokens
        )
    }

    private func require(_ code: CURLcode) {
        precondition(code == CURLE_OK, "libcurl: \(String(cString: curl_easy_strerror(code)))")
    }
}

extension Duration {
    /// At least 1, as libcurl takes 0 for "no limit".
    var wholeMilliseconds: Int {
        let parts = components
        return Int(max(1, min(parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000, 86_400_000)))
    }
}
