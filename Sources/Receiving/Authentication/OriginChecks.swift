internal import JSON
internal import Mapping
internal import Restriction

/// Whether a delivery comes from one of some networks.
struct NetworksCheck: Sendable {
    private let networks: [IPNetwork]

    init(_ rule: NetworksRule, constants: JSONValue) throws(SourceError) {
        let texts: [String]
        switch rule {
        case .listed(let listed): texts = listed
        case .constant(let name):
            guard let text = constants.member(Array(name.utf8))?.stringValue else {
                throw SourceError(
                    message: "the mapping needs a constant named '\(name)'; add it to the source's 'constants'",
                    isMissing: true
                )
            }
            texts = text.split { ", ;\t\n".contains($0) }.map(String.init)
        }
        var networks: [IPNetwork] = []
        for text in texts {
            guard let network = IPNetwork(text) else {
                throw SourceError(message: "'\(text)' is not a network such as 203.0.113.0/24 or 2001:db8::/32")
            }
            networks.append(network)
        }
        guard !networks.isEmpty else { throw SourceError(message: "no network is named that deliveries may come from") }
        self.networks = networks
    }

    func failure(of request: DeliveryRequest) -> AuthenticationFailure? {
        guard let address = request.clientAddress else {
            return AuthenticationFailure(reason: "it is not known which address the request comes from")
        }
        guard !networks.contains(where: { $0.contains(address) }) else { return nil }
        return AuthenticationFailure(reason: "the request comes from \(address), which is in none of the networks")
    }
}

/// Compares what a trusted proxy says of the client's certificate.
struct ClientCertificateCheck: Sendable {
    private let secret: SecretCheck

    init(_ rule: ClientCertificateRule, _ secrets: [[UInt8]]) {
        secret = SecretCheck(place: .header(rule.header), scheme: nil, secrets: secrets)
    }

    func failure(of evidence: RequestEvidence) -> AuthenticationFailure? {
        let failure = secret.failure(of: evidence)
        guard evidence.request.isFromTrustedProxy else {
            return AuthenticationFailure(
                reason: "only a proxy in listen.trusted_proxies may say which certificate a client has"
            )
        }
        return failure
    }
}
