internal import JSON

/// Where in a request its signatures stand, and how they are told apart there.
///
///     { "header": "x-signature", "pairs": { "name": "v1", "separator": "," } }
package struct SignaturePlace: Sendable {
    package enum Position: Sendable {
        /// Names in lower case; each may hold one.
        case headers([String])
        /// What the names of the headers begin with, in lower case; a number follows.
        case numbered(String)
        /// A member of the query.
        case query(String)
        /// A value of the decoded body.
        case field(PlacedExpression)
    }

    package enum Grammar: Sendable {
        /// Nothing but the signature.
        case whole
        /// The signature behind some bytes.
        case prefix([UInt8])
        /// `t=1,v1=…,v1=…`: the values of one name.
        case pairs(name: [UInt8], separator: UInt8)
        /// `v1,… v1a,…`: the entries of one version.
        case list(version: [UInt8])
    }

    package let position: Position
    package let grammar: Grammar
}

extension MappingReader {
    func signaturePlace(_ json: LocatedJSON?) -> SignaturePlace? {
        let positions = ["header", "headers", "numbered", "query", "field"]
        let grammars = ["prefix", "pairs", "list"]
        guard let json, let members = object(json, "'signature'", keys: positions + grammars) else { return nil }
        guard positions.filter({ members[$0] != nil }).count == 1 else {
            problem(json, "'signature' says where it stands with one of \(list(positions))")
            return nil
        }
        guard grammars.filter({ members[$0] != nil }).count <= 1 else {
            problem(json, "'signature' has at most one of \(list(grammars))")
            return nil
        }
        guard let position = signaturePosition(members), let grammar = signatureGrammar(members) else { return nil }
        return SignaturePlace(position: position, grammar: grammar)
    }

    private func signaturePosition(_ members: [String: LocatedJSON]) -> SignaturePlace.Position? {
        if let json = members["header"] { return headerName(json).map { .headers([$0]) } }
        if let json = members["numbered"] { return headerName(json).map { .numbered($0) } }
        if let json = members["query"] { return text(json, "'query'").map { .query($0) } }
        if let json = members["field"] { return bodyExpression(json, "'field'").map { .field($0) } }
        guard let json = members["headers"], let elements = array(json, "'headers'") else { return nil }
        let names = elements.compactMap { headerName($0) }
        if names.isEmpty { problem(json, "'headers' is an array of at least one header") }
        return .headers(names)
    }

    private func signatureGrammar(_ members: [String: LocatedJSON]) -> SignaturePlace.Grammar? {
        if let json = members["prefix"] { return text(json, "'prefix'").map { .prefix(Array($0.utf8)) } }
        if let json = members["pairs"] {
            guard let pairs = object(json, "'pairs'", keys: ["name", "separator"], required: ["name"]),
                let name = text(pairs["name"], "'name'")
            else { return nil }
            let separator = Array((pairs["separator"].flatMap { text($0, "'separator'") } ?? ",").utf8)
            guard separator.count == 1, separator[0] != UInt8(ascii: "="), separator[0] != 0x20 else {
                problem(json, "'separator' is one character, neither '=' nor a blank")
                return nil
            }
            return .pairs(name: Array(name.utf8), separator: separator[0])
        }
        if let json = members["list"] {
            guard let entries = object(json, "'list'", keys: ["version"], required: ["version"]),
                let version = text(entries["version"], "'version'")
            else { return nil }
            return .list(version: Array(version.utf8))
        }
        return .whole
    }
}
