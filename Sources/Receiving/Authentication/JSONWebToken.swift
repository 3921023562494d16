internal import Cryptography
internal import JSON

/// A token in its compact form (RFC 7515, section 7.1), taken apart and not yet believed.
struct JSONWebToken {
    let algorithm: JWSAlgorithm
    let keyID: String?
    let claims: LocatedJSON
    /// What is signed: the first two parts with the dot between them.
    let message: [UInt8]
    let signature: [UInt8]

    static let maximumBytes = 16 << 10

    init(_ text: [UInt8]) throws(AuthenticationFailure) {
        guard text.count <= JSONWebToken.maximumBytes else {
            throw AuthenticationFailure(reason: "the token is longer than \(JSONWebToken.maximumBytes) bytes")
        }
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = JSONWebToken.object(parts[0]), let claims = JSONWebToken.object(parts[1]),
            let signature = JSONWebToken.decode(parts[2])
        else { throw AuthenticationFailure(reason: "the token is no signed JSON Web Token in its compact form") }
        let name = header["alg"]?.stringValue
        guard let algorithm = name.flatMap({ JWSAlgorithm(rawValue: $0) }) else {
            throw AuthenticationFailure(reason: "the token's algorithm is none that is verified")
        }
        // Extensions that must be understood; none is (RFC 7515, section 4.1.11).
        guard header["crit"] == nil else {
            throw AuthenticationFailure(reason: "the token demands an extension that is not known")
        }
        self.algorithm = algorithm
        keyID = header["kid"]?.stringValue
        self.claims = claims
        self.signature = signature
        message = Array(text[..<parts[1].endIndex])
    }

    /// The bytes of a part, which has no padding (RFC 7515, section 2).
    private static func decode(_ part: ArraySlice<UInt8>) -> [UInt8]? {
        guard part.last != UInt8(ascii: "=") else { return nil }
        return part.withUnsafeBytes { Base64.decode($0, urlSafe: true) }
    }

    /// An object without members that are there twice, of which two readers could see different ones.
    private static func object(_ part: ArraySlice<UInt8>) -> LocatedJSON? {
        guard let bytes = decode(part) else { return nil }
        let (value, problems) = LocatedJSON.read(bytes)
        return problems.isEmpty && value?.members != nil ? value : nil
    }
}
