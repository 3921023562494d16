internal import JSON
internal import Mapping
package import Restriction

/// One HTTP request of a vendor, as far as receiving it needs to know.
///
/// A view for the length of one call: the body is not copied.
package struct DeliveryRequest {
    /// In capitals, such as `POST`.
    package var method: String
    /// The path as the vendor sent it, percent-encoded, without a secret in it.
    package var path: String
    /// What stands behind the `?`, percent-encoded; empty without one.
    package var query: String
    /// Names in lower case, in the order they came.
    package var headers: [(name: String, value: String)]
    /// The body as it was received, before it is inflated.
    package var body: UnsafeRawBufferPointer
    /// The last component of `/in/{source}/{secret}`, percent-encoded.
    package var pathSecret: String?
    /// The URL under which the vendor knows the source, with the query; signatures of some vendors cover it.
    package var publicURL: String
    /// Microseconds since 1970.
    package var receivedAt: Int64
    /// Where the request began, as far as trusted proxies tell; nil when that is not known.
    package var clientAddress: IPAddress?
    /// Whether it came over a proxy that the settings trust.
    package var isFromTrustedProxy = false

    package init(
        method: String,
        path: String,
        query: String = "",
        headers: [(name: String, value: String)],
        body: UnsafeRawBufferPointer,
        pathSecret: String? = nil,
        publicURL: String = "",
        receivedAt: Int64,
        clientAddress: IPAddress? = nil,
        isFromTrustedProxy: Bool = false
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.pathSecret = pathSecret
        self.publicURL = publicURL
        self.receivedAt = receivedAt
        self.clientAddress = clientAddress
        self.isFromTrustedProxy = isFromTrustedProxy
    }

    /// The value of the first header of a name in lower case.
    func header(_ name: String) -> String? {
        for header in headers where header.name == name { return header.value }
        return nil
    }

    /// The decoded value of the first query member of a name.
    func queryValue(_ name: String) -> [UInt8]? {
        var query = query
        return query.withUTF8 { text in
            let name = Array(name.utf8)
            return PercentCoding.pairs(UnsafeRawBufferPointer(text)).first { $0.name == name }?.value.stringBytes
        }
    }
}
