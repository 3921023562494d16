internal import CCurl
internal import Glibc
internal import Restriction

/// One guarded GET on its way; belongs to the client's thread, which keeps it while it is in the multi handle.
final class OutboundTransfer {
    let handle: UnsafeMutableRawPointer
    private let job: OutboundJob
    private let policy: OutboundPolicy
    // libcurl writes its words for a failure here; 256 bytes are CURL_ERROR_SIZE.
    private let errorText: UnsafeMutablePointer<CChar>
    private var body: [UInt8] = []
    private var problem: OutboundError?

    init(_ job: OutboundJob, _ policy: OutboundPolicy) throws(OutboundError) {
        guard let handle = curl_easy_init() else {
            throw OutboundError(code: .failed, message: "libcurl has no memory for a connection")
        }
        self.handle = handle
        self.job = job
        self.policy = policy
        errorText = .allocate(capacity: 256)
        errorText.initialize(repeating: 0, count: 256)
        try configure()
    }

    deinit {
        curl_easy_cleanup(handle)
        errorText.deallocate()
    }

    private func configure() throws(OutboundError) {
        var settings = EasySettings(handle)
        settings.setOwner(self) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
            // Any other count than the length makes libcurl give up.
            let transfer = Unmanaged<OutboundTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.receive(chunk) ? chunk.count : 0
        }
        settings.setCommon(errorText: errorText, timeLimit: policy.timeLimit)
        settings.set(ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, job.url.isEncrypted ? "https" : "http"))
        if let file = policy.authoritiesFile { settings.setAuthorities(file) }
        settings.set(ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)))
        settings.set(ccurl_set_url(handle, job.url.handle))
        // A connection is opened for one request: its address was checked for that request's host.
        settings.set(ccurl_set_long(handle, CURLOPT_FRESH_CONNECT, 1))
        settings.set(ccurl_set_long(handle, CURLOPT_FORBID_REUSE, 1))
        settings.set(ccurl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, Unmanaged.passUnretained(self).toOpaque()))
        settings.set(
            ccurl_set_open_socket_function(handle) { context, _, address in
                guard let context, let address else { return -1 }
                return Unmanaged<OutboundTransfer>.fromOpaque(context).takeUnretainedValue().open(address)
            }
        )
        guard let refusal = settings.refusal else { return }
        throw OutboundError(code: .failed, message: "libcurl refuses a setting: \(refusal)")
    }

    private func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= policy.maximumBytes else {
            problem = OutboundError(
                code: .tooLarge,
                message: "'\(job.url.host)' answered with more than \(policy.maximumBytes) bytes"
            )
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    /// The socket for an address that the host's name stands for right now, or -1 when that may not be asked.
    ///
    /// Checked here and not before: what a name server says a moment later may be something else.
    private func open(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        guard let found = OutboundTransfer.address(address),
            policy.allows(found, ofHost: job.url.host, isEncrypted: job.url.isEncrypted)
        else {
            let reason =
                job.url.isEncrypted
                ? "is not public" : "would be asked without encryption"
            problem = OutboundError(
                code: .forbiddenAddress,
                message: "the address of '\(job.url.host)' \(reason); name the host or its network in outbound.allow"
            )
            return -1
        }
        let kind = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        return socket(address.pointee.family, kind, address.pointee.protocol)
    }

    private static func address(_ address: UnsafeMutablePointer<curl_sockaddr>) -> IPAddress? {
        guard let bytes = ccurl_address(address) else { return nil }
        switch address.pointee.family {
        case AF_INET:
            guard address.pointee.addrlen >= MemoryLayout<sockaddr_in>.size else { return nil }
            return IPAddress(ipv4: UInt32(bigEndian: bytes.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6:
            guard address.pointee.addrlen >= MemoryLayout<sockaddr_in6>.size,
                let offset = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr)
            else { return nil }
            let high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            return IPAddress(ipv6High: high, low: low)
        default: return nil
        }
    }

    /// Tells the caller what came, after libcurl's word that the transfer has ended.
    func finish(_ code: CURLcode) {
        guard code == CURLE_OK else {
            let detail = errorText[0] == 0 ? curl_easy_strerror(code) : UnsafePointer(errorText)
            let text = detail.map { String(cString: $0) } ?? "libcurl error \(code.rawValue)"
            let failure = OutboundError(code: .failed, message: "'\(job.url.host)': \(text)")
            return job.completion(.failure(problem ?? failure))
        }
        var status = 0
        _ = ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        job.completion(.success(OutboundReply(status: status, body: body)))
    }

    func giveUp() { job.completion(.failure(.stopped)) }
}
