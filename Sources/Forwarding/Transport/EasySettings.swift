internal import CCurl

/// Sets the options of an easy handle and remembers the first that libcurl refuses.
struct EasySettings {
    private let handle: UnsafeMutableRawPointer
    private var code = CURLE_OK

    init(_ handle: UnsafeMutableRawPointer) { self.handle = handle }

    /// What libcurl says about the first refused option; nil when there is none.
    var refusal: String? { code == CURLE_OK ? nil : String(cString: curl_easy_strerror(code)) }

    mutating func set(_ result: CURLcode) { if code == CURLE_OK { code = result } }

    /// For what older libcurls, and those with another TLS library, do without.
    mutating func setIfKnown(_ result: CURLcode) {
        if result != CURLE_UNKNOWN_OPTION && result != CURLE_NOT_BUILT_IN { set(result) }
    }

    /// Whose handle it is, and what takes the answer's body; the owner has to outlive the transfer.
    mutating func setOwner(_ owner: AnyObject, receive: @escaping ccurl_write_function) {
        let pointer = Unmanaged.passUnretained(owner).toOpaque()
        set(ccurl_set_pointer(handle, CURLOPT_PRIVATE, pointer))
        set(ccurl_set_pointer(handle, CURLOPT_WRITEDATA, pointer))
        set(ccurl_set_write_function(handle, receive))
    }

    /// Trusts the certificates of a file (PEM) alone.
    mutating func setAuthorities(_ file: String) {
        set(ccurl_set_text(handle, CURLOPT_CAINFO, file))
        // Otherwise the system's authorities would count beside the file's: Debian's libcurl has a folder of them.
        setIfKnown(ccurl_set_text(handle, CURLOPT_CAPATH, nil))
    }

    /// What holds for every request of a multi handle.
    ///
    /// - Parameters:
    ///   - errorText: room for 256 bytes, which outlives the transfer.
    ///   - timeLimit: from the start of a request to the end of its answer.
    mutating func setCommon(errorText: UnsafeMutablePointer<CChar>, timeLimit: Duration) {
        set(ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
        // Timeouts by signal would hit whichever thread.
        set(ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1))
        // A name is looked up on a thread of libcurl's, which it waits for even when the request's time is over. That
        // would stop everything else on this thread for as long as the name server says nothing.
        setIfKnown(ccurl_set_long(handle, CURLOPT_QUICK_EXIT, 1))
        set(ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0))
        set(ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1))
        set(ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2))
        // A request goes where its caller says: `http_proxy` in the environment, which may be meant for something else
        // on this machine, must not divert events and tokens, nor get round the check of addresses.
        set(ccurl_set_text(handle, CURLOPT_PROXY, ""))
        set(ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, timeLimit.wholeMilliseconds))
        set(ccurl_set_text(handle, CURLOPT_USERAGENT, "audit-gateway"))
    }
}

/// What an easy handle knows besides libcurl's own.
enum EasyHandle {
    /// The object that ``EasySettings/setOwner(_:receive:)`` was given.
    static func owner<Owner: AnyObject>(of handle: UnsafeMutableRawPointer, as type: Owner.Type) -> Owner {
        var context: UnsafeMutableRawPointer?
        guard ccurl_get_pointer(handle, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else {
            preconditionFailure("an easy handle lost its owner")
        }
        return Unmanaged<Owner>.fromOpaque(context).takeUnretainedValue()
    }
}
