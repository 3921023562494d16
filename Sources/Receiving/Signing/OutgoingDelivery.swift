internal import Foundation

/// A delivery that is about to be sent to a source, for trying it.
package struct OutgoingDelivery {
    package var method: String
    /// `/in/{source}` and the secret behind it, percent-encoded.
    package private(set) var path: String
    /// What senders append to the URL that they are given; empty, or with a slash in front.
    package let appendedPath: String
    /// As it stands behind the question mark, percent-encoded.
    package private(set) var query: String
    /// Names in lower case.
    package private(set) var headers: [(name: String, value: String)]
    package internal(set) var body: [UInt8]
    /// What was changed of the body, in sentences for the sender.
    package internal(set) var notes: [String] = []
    /// The URL as the gateway knows itself, without a slash at the end.
    private let publicURL: String

    /// - Parameters:
    ///   - source: the source's name.
    ///   - publicURL: under which vendors know the gateway; some of them sign it.
    ///   - method: the request's method.
    ///   - appendedPath: what senders append to the URL.
    ///   - query: the query as it is sent.
    ///   - headers: names in lower case.
    ///   - body: the body.
    package init(
        to source: String,
        publicURL: String,
        method: String = "POST",
        appendedPath: String = "",
        query: String = "",
        headers: [(name: String, value: String)] = [],
        body: [UInt8]
    ) {
        path = "/in/\(source)"
        self.publicURL = publicURL
        self.method = method
        self.appendedPath = appendedPath
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// Path and query as they stand in the request.
    package var target: String { path + appendedPath + (query.isEmpty ? "" : "?\(query)") }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    mutating func set(header name: String, to value: String) {
        headers.removeAll { $0.name == name }
        headers.append((name, value))
    }

    mutating func set(query name: String, to value: String) {
        let kept = query.split(separator: "&").filter { $0.split(separator: "=").first.map(String.init) != name }
        query = (kept.map(String.init) + ["\(name)=\(OutgoingDelivery.encoded(value))"]).joined(separator: "&")
    }

    mutating func append(pathSecret secret: String) { path += "/\(OutgoingDelivery.encoded(secret))" }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }

    /// The request as the source will see it.
    func request(_ body: UnsafeRawBufferPointer, at now: Int64) -> DeliveryRequest {
        DeliveryRequest(
            method: method,
            path: path,
            query: query,
            headers: headers,
            body: body,
            // A secret in the path is not part of what is signed: the gateway does not put it into the URL either.
            publicURL: publicURL + (path.split(separator: "/").prefix(2).map { "/\($0)" }.joined()) + appendedPath
                + (query.isEmpty ? "" : "?\(query)"),
            receivedAt: now
        )
    }
}
