package import Cryptography
internal import JSON

/// A signed token that comes with each delivery (RFC 7519, as a compact JWS of RFC 7515).
///
///     { "jwt": { "header": "authorization", "scheme": "Bearer", "algorithms": ["RS256"],
///                "jwks": "https://www.googleapis.com/oauth2/v3/certs",
///                "claims": { "iss": "https://accounts.google.com", "aud": { "constant": "audience" } } } }
package struct JWTRule: Sendable {
    package enum Place: Sendable {
        /// A header's name in lower case, and the word in front of the token.
        case header(String, scheme: String?)
        /// The name of a query member.
        case query(String)
        /// Values of the decoded body: one token, or an array of tokens that all have to be right.
        case item(PlacedExpression)
    }

    package enum KeySource: Sendable, Equatable {
        /// The secret's name in the source's configuration.
        case secret(String)
        /// The URL of a set of keys (RFC 7517).
        case keySet(url: String)
        /// The source's constant of a name holds that URL, for vendors whose customers have a set each.
        case keySetOfSource(constant: String)
    }

    /// What a claim has to be.
    package enum Expectation: Sendable, Equatable {
        /// One of some texts.
        case oneOf([String])
        /// There, and neither null nor false.
        case present
        /// The source's constant of a name.
        case constant(String)
    }

    package struct Claim: Sendable, Equatable {
        package let name: String
        package let expectation: Expectation
    }

    /// A claim that holds the SHA-256 of the body as it was received.
    package struct BodyHash: Sendable, Equatable {
        package enum Encoding: String, Sendable, CaseIterable { case hex, base64, base64url }

        package let claim: String
        package let encoding: Encoding
    }

    package enum Expiry: String, Sendable, CaseIterable { case required, optional }

    package let place: Place
    /// Others are refused, whatever a token says.
    package let algorithms: [JWSAlgorithm]
    package let key: KeySource
    package let claims: [Claim]
    package let bodyHash: BodyHash?
    package let expiry: Expiry
}

extension MappingReader {
    func jwtRule(_ json: LocatedJSON) -> JWTRule? {
        let keys = ["header", "scheme", "query", "item", "algorithms", "key", "jwks", "claims", "body_hash", "expiry"]
        guard let members = object(json, "'jwt'", keys: keys, required: ["algorithms"]),
            let place = tokenPlace(json, members)
        else { return nil }
        let algorithms = (array(members["algorithms"], "'algorithms'") ?? []).compactMap {
            choice($0, "an algorithm", JWSAlgorithm.self)
        }
        guard let first = algorithms.first else {
            if let json = members["algorithms"] { problem(json, "'algorithms' names at least one") }
            return nil
        }
        // A public key is known to everybody: as the secret of an HMAC it would let anyone sign.
        if !algorithms.allSatisfy({ $0.isSymmetric == first.isSymmetric }), let json = members["algorithms"] {
            problem(json, "'algorithms' are all of shared secrets (HS…) or all of public keys, not both")
        }
        let key = keySource(members, isSymmetric: first.isSymmetric)
        let claims = entries(members["claims"], "'claims'").compactMap { claim($0) }
        let bodyHash = members["body_hash"].flatMap { self.bodyHash($0) }
        if case .item = place, let json = members["body_hash"] {
            problem(json, "a token cannot hold the hash of the body that it stands in: leave 'body_hash' out")
        }
        // A token with the hash of the body is for this delivery alone.
        if !first.isSymmetric, members["jwks"] != nil, bodyHash == nil,
            !claims.contains(where: { $0.name == "aud" || $0.name == "email" || $0.name == "sub" })
        {
            warn(json, "no claim says whom the token is for; whoever gets any token from that issuer can send")
        }
        return JWTRule(
            place: place,
            algorithms: algorithms,
            key: key,
            claims: claims,
            bodyHash: bodyHash,
            expiry: choice(members["expiry"], "'expiry'", JWTRule.Expiry.self) ?? .required
        )
    }

    private func tokenPlace(_ json: LocatedJSON, _ members: [String: LocatedJSON]) -> JWTRule.Place? {
        let scheme = text(members["scheme"], "'scheme'")
        var places: [JWTRule.Place] = []
        if let header = headerName(members["header"]) { places.append(.header(header, scheme: scheme)) }
        if let query = text(members["query"], "'query'") { places.append(.query(query)) }
        if let item = members["item"] {
            guard let expression = bodyExpression(item, "'item'") else { return nil }
            places.append(.item(expression))
        }
        guard let place = places.first, places.count == 1 else {
            problem(json, "'jwt' says where the token stands with one of 'header', 'query' and 'item'")
            return nil
        }
        if scheme != nil, let json = members["scheme"], members["header"] == nil {
            problem(json, "'scheme' goes with 'header' only")
        }
        return place
    }

    private func keySource(_ members: [String: LocatedJSON], isSymmetric: Bool) -> JWTRule.KeySource {
        guard let json = members["jwks"] else { return .secret(text(members["key"], "'key'") ?? "secret") }
        if members["key"] != nil { problem(json, "a token's key comes from 'key' or from 'jwks', not from both") }
        if isSymmetric { problem(json, "a set of public keys goes with RS…, PS…, ES… and EdDSA only") }
        if json.members != nil {
            let members = object(json, "'jwks'", keys: ["constant"], required: ["constant"])
            return .keySetOfSource(constant: text(members?["constant"], "'constant'") ?? "")
        }
        let url = text(json, "'jwks'") ?? ""
        if !url.hasPrefix("https://") && !url.hasPrefix("http://") {
            problem(json, "'jwks' is the URL of a set of keys, such as \"https://example.com/.well-known/jwks.json\"")
        }
        return .keySet(url: url)
    }

    private func claim(_ member: LocatedJSON.Member) -> JWTRule.Claim? {
        let json = member.value
        if let word = json.stringValue { return JWTRule.Claim(name: member.name, expectation: .oneOf([word])) }
        if json.boolValue == true { return JWTRule.Claim(name: member.name, expectation: .present) }
        if let elements = json.elements, !elements.isEmpty {
            let words = elements.compactMap { text($0, "a value of the claim '\(member.name)'") }
            return JWTRule.Claim(name: member.name, expectation: .oneOf(words))
        }
        if json.members != nil {
            guard let members = object(json, "a claim", keys: ["constant"], required: ["constant"]),
                let name = text(members["constant"], "'constant'")
            else { return nil }
            return JWTRule.Claim(name: member.name, expectation: .constant(name))
        }
        problem(json, "a claim is a text, an array of texts, true, or {\"constant\": \"audience\"}")
        return nil
    }

    private func bodyHash(_ json: LocatedJSON) -> JWTRule.BodyHash? {
        guard let members = object(json, "'body_hash'", keys: ["claim", "encoding"], required: ["claim"]),
            let claim = text(members["claim"], "'claim'")
        else { return nil }
        let encoding = choice(members["encoding"], "'encoding'", JWTRule.BodyHash.Encoding.self) ?? .hex
        return JWTRule.BodyHash(claim: claim, encoding: encoding)
    }
}
