internal import Cryptography
internal import JSON
internal import Mapping

/// A public key that was fetched.
struct FetchedKey: Sendable {
    /// Its name in its set; nil when it has none.
    let id: String?
    /// The only algorithm that it is for; nil when the set does not say.
    let algorithm: String?
    let key: PublicKey
    /// When it counts, in seconds since 1970; nil for ever.
    let validity: ClosedRange<Int64>?

    /// Whether it counts at a time in microseconds since 1970.
    func isValid(at now: Int64) -> Bool { validity?.contains(now / 1_000_000) ?? true }

    private static let maximumCount = 100

    static func read(_ content: [UInt8], as kind: KeyRequest.Kind) throws(KeyStore.FetchFailure) -> [FetchedKey] {
        switch kind {
        case .keySet: try keySet(content)
        case .certificate: [try FetchedKey(certificate: content)]
        }
    }

    private init(certificate content: [UInt8]) throws(KeyStore.FetchFailure) {
        do throws(CryptographyError) {
            let certificate = try Certificate(pem: String(decoding: content, as: UTF8.self))
            id = nil
            algorithm = nil
            key = certificate.publicKey
            validity = certificate.validity
        } catch {
            throw KeyStore.FetchFailure(reason: "the answer is no certificate: \(error.message)")
        }
    }

    /// The usable keys of a set (RFC 7517, section 5); others are passed over, as the standard says.
    private static func keySet(_ content: [UInt8]) throws(KeyStore.FetchFailure) -> [FetchedKey] {
        guard let elements = LocatedJSON.read(content).value?["keys"]?.elements else {
            throw KeyStore.FetchFailure(reason: "the answer is no set of keys: JSON with an array 'keys'")
        }
        let keys = elements.prefix(maximumCount).compactMap { FetchedKey($0) }
        guard !keys.isEmpty else {
            throw KeyStore.FetchFailure(reason: "the set has no RSA, EC or Ed25519 key for signatures")
        }
        return keys
    }

    private init?(_ json: LocatedJSON) {
        func number(_ name: String) -> [UInt8]? { json[name]?.stringValue.flatMap { Base64.decode($0, urlSafe: true) } }
        if let use = json["use"], use.stringValue != "sig" { return nil }
        if let operations = json["key_ops"]?.elements, !operations.contains(where: { $0.stringValue == "verify" }) {
            return nil
        }
        do throws(CryptographyError) {
            switch (json["kty"]?.stringValue, json["crv"]?.stringValue) {
            case ("RSA", _):
                guard let modulus = number("n"), let exponent = number("e") else { return nil }
                key = try PublicKey(rsaModulus: modulus, exponent: exponent)
            case ("EC", let name?):
                let curves: [String: PublicKey.Curve] = ["P-256": .p256, "P-384": .p384, "P-521": .p521]
                guard let curve = curves[name], let x = number("x"), let y = number("y") else { return nil }
                key = try PublicKey(curve: curve, x: x, y: y)
            case ("OKP", "Ed25519"):
                guard let x = number("x") else { return nil }
                key = try PublicKey(ed25519: x)
            default: return nil
            }
        } catch {
            return nil
        }
        id = json["kid"]?.stringValue
        validity = nil
        algorithm = json["alg"]?.stringValue
    }
}
