internal import Cryptography
internal import JMESPath
internal import JSON

extension MappingReader {
    func handshake(_ json: LocatedJSON) -> HandshakeRule? {
        let keys = ["when", "authenticate", "hmac", "keep_secret", "confirm", "answer"]
        guard let members = object(json, "a handshake", keys: keys, required: ["when", "answer"]),
            let condition = expression(members["when"], "'when'"),
            let place = members["answer"],
            let answer = object(place, "'answer'", keys: ["status", "headers", "json", "text"])
        else { return nil }
        // What the keyed hash is for.
        let more: Set<String> = members["hmac"] == nil ? [] : ["hmac"]
        var headers: [(name: String, value: PlacedExpression)] = []
        for header in entries(answer["headers"], "'headers'") {
            let name = LocatedJSON(kind: .string(header.name), position: header.namePosition)
            if let name = headerName(name), let value = expression(header.value, "the header '\(name)'", more: more) {
                headers.append((name, value))
            }
        }
        var body = HandshakeRule.Body.none
        if let json = expression(answer["json"], "'json'", more: more) { body = .json(json) }
        if let text = expression(answer["text"], "'text'", more: more) {
            if answer["json"] != nil { problem(place, "an answer has 'json' or 'text', not both") }
            body = .text(text)
        }
        return HandshakeRule(
            condition: condition,
            isAuthenticated: bool(members["authenticate"], "'authenticate'") ?? true,
            code: members["hmac"].flatMap { handshakeCode($0) },
            keeping: members["keep_secret"].flatMap { keeping($0) },
            confirmation: members["confirm"].flatMap { confirmation($0) },
            status: integer(answer["status"], "'status'", in: 200...299) ?? 200,
            headers: headers,
            body: body
        )
    }

    private func handshakeCode(_ json: LocatedJSON) -> HandshakeRule.Code? {
        let keys = ["message", "algorithm", "encoding", "key"]
        guard let members = object(json, "'hmac'", keys: keys, required: ["message"]),
            let message = expression(members["message"], "'message'")
        else { return nil }
        return HandshakeRule.Code(
            message: message,
            algorithm: choice(members["algorithm"], "'algorithm'", Digest.Algorithm.self) ?? .sha256,
            encoding: choice(members["encoding"], "'encoding'", HandshakeRule.Code.Encoding.self) ?? .hex,
            key: text(members["key"], "'key'") ?? "secret"
        )
    }

    private func keeping(_ json: LocatedJSON) -> HandshakeRule.Keeping? {
        guard let members = object(json, "'keep_secret'", keys: ["header", "key"], required: ["header"]),
            let header = headerName(members["header"])
        else { return nil }
        return HandshakeRule.Keeping(header: header, key: text(members["key"], "'key'") ?? "secret")
    }

    private func confirmation(_ json: LocatedJSON) -> HandshakeRule.Confirmation? {
        guard let members = object(json, "'confirm'", keys: ["url", "host"], required: ["url", "host"]),
            let url = expression(members["url"], "'url'"),
            let host = hostPattern(members["host"])
        else { return nil }
        return HandshakeRule.Confirmation(url: url, host: host)
    }
}
