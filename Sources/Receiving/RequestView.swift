internal import JSON
internal import Mapping

/// What of a request is shown to expressions and kept: everything but its body and its secrets.
struct RequestView {
    // Credentials whatever the mapping says.
    private static let alwaysSecret = ["authorization", "proxy-authorization", "cookie"]

    private let request: DeliveryRequest
    // Hardly ever more than two: comparing is faster than hashing.
    private let secretHeaders: [String]
    private let secretQueryNames: [String]

    /// - Parameters:
    ///   - request: what is shown.
    ///   - source: whose secrets are not.
    ///   - showsKept: whether a secret that the vendor sends to be kept is shown, as it is echoed.
    init(_ request: DeliveryRequest, _ source: Source, showsKept: Bool = false) {
        self.request = request
        let kept = showsKept ? [] : source.keptHeaders
        secretHeaders = source.authenticator.secretHeaders + kept
        secretQueryNames = source.authenticator.secretQueryNames
    }

    /// A view of a request to nobody.
    init(_ request: DeliveryRequest) {
        self.request = request
        secretHeaders = []
        secretQueryNames = []
    }

    private func isSecret(header name: String) -> Bool {
        RequestView.alwaysSecret.contains(name) || secretHeaders.contains(name)
    }

    /// The members of the query, decoded, without secrets.
    private var queryMembers: [JSONMember] {
        guard !request.query.isEmpty else { return [] }
        var query = request.query
        let pairs = query.withUTF8 { PercentCoding.pairs(UnsafeRawBufferPointer($0)) }
        return pairs.filter { !secretQueryNames.contains(String(decoding: $0.name, as: UTF8.self)) }
    }

    /// Whether the body is a form, as far as the request says.
    static func isForm(_ request: DeliveryRequest) -> Bool {
        let type = request.header("content-type")?.prefix { $0 != ";" } ?? ""
        return type.lowercased().filter { $0 != " " } == "application/x-www-form-urlencoded"
    }

    /// `$request` of expressions.
    var value: JSONValue { value(form: nil) }

    /// `$request` of expressions, with the decoded members of a body that is a form.
    func value(form: UnsafeRawBufferPointer?) -> JSONValue {
        let headers = request.headers.filter { !isSecret(header: $0.name) }.map {
            JSONMember($0.name, .string($0.value))
        }
        var members = [
            JSONMember("method", .string(request.method)),
            JSONMember("path", .string(request.path)),
            JSONMember("headers", .object(headers)),
            JSONMember("query", .object(queryMembers)),
        ]
        if let form { members.append(JSONMember("form", .object(PercentCoding.pairs(form)))) }
        return .object(members)
    }

    /// The same as JSON text.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(512)
        writer.append(raw: "{\"headers\":{")
        var isFirst = true
        for header in request.headers where !isSecret(header: header.name) {
            if !isFirst { writer.append(byte: UInt8(ascii: ",")) }
            isFirst = false
            writer.append(string: header.name)
            writer.append(byte: UInt8(ascii: ":"))
            writer.append(string: header.value)
        }
        writer.append(raw: "},\"method\":")
        writer.append(string: request.method)
        writer.append(raw: ",\"path\":")
        writer.append(string: request.path)
        writer.append(raw: ",\"query\":")
        writer.append(canonical: .object(queryMembers))
        writer.append(byte: UInt8(ascii: "}"))
        return writer.bytes
    }
}
