/// Refuses the types of content that no framing reads; any other type says nothing about the body.
enum ContentType {
    /// - Throws: `unsupported`, with what to send instead.
    static func check(_ value: String?) throws(BodyProblem) {
        // What nearly every sender says needs no closer look.
        guard let value, value != "application/json" else { return }
        if value.utf8.starts(with: "application/json;".utf8) { return }
        let type = value.prefix { $0 != ";" && $0 != "," }.lowercased().filter { $0 != " " && $0 != "\t" }
        if isXML(type) { throw .unsupported("XML is not supported; set the sender to JSON") }
        if isProtobuf(type) { throw .unsupported("protobuf is not supported; set the sender to JSON (http/json)") }
    }

    /// RFC 7303: two names, and a suffix for all others.
    private static func isXML(_ type: String) -> Bool {
        type == "text/xml" || type == "application/xml" || type.hasSuffix("+xml")
    }

    private static func isProtobuf(_ type: String) -> Bool {
        let names = ["application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf"]
        return names.contains(type) || type.hasSuffix("+protobuf") || type == "application/grpc"
            || type.hasSuffix("+proto")
    }
}
