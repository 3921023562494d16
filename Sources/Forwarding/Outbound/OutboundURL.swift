internal import CCurl

/// A URL as libcurl reads it, so that the host that is checked is the host that is asked.
///
/// Sendable because nothing changes it once it is made, and one transfer reads it at a time.
final class OutboundURL: @unchecked Sendable {
    /// libcurl's own parsed form.
    let handle: OpaquePointer
    /// In lower case.
    let host: String
    let isEncrypted: Bool

    private static let maximumBytes = 2048

    init(_ text: String) throws(OutboundError) {
        func unusable(_ reason: String) -> OutboundError {
            OutboundError(code: .unusableURL, message: "the URL \(reason)")
        }
        guard text.utf8.count <= OutboundURL.maximumBytes, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw unusable("has more than \(OutboundURL.maximumBytes) bytes, or others than visible ASCII")
        }
        guard let handle = curl_url() else { throw unusable("could not be read; is memory short?") }
        let scheme: String?
        let host: String?
        let hasUser: Bool
        if curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK {
            scheme = OutboundURL.part(CURLUPART_SCHEME, of: handle)
            host = OutboundURL.part(CURLUPART_HOST, of: handle)?.lowercased()
            hasUser =
                OutboundURL.part(CURLUPART_USER, of: handle) != nil
                || OutboundURL.part(CURLUPART_PASSWORD, of: handle) != nil
        } else {
            (scheme, host, hasUser) = (nil, nil, false)
        }
        guard let scheme, let host, !host.isEmpty, ["http", "https"].contains(scheme), !hasUser else {
            curl_url_cleanup(handle)
            throw unusable("must be of a web server, with a host and without a user")
        }
        self.handle = handle
        self.host = host
        isEncrypted = scheme == "https"
    }

    deinit { curl_url_cleanup(handle) }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
