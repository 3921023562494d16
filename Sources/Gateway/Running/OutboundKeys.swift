internal import Forwarding
internal import Logging
internal import Receiving
internal import Settings

extension OutboundPolicy {
    init(_ settings: GatewaySettings.Outbound) {
        self.init()
        authoritiesFile = settings.caFile
        for permission in settings.allow {
            switch permission {
            case .host(let name): hosts.insert(name)
            case .network(let network): networks.append(network)
            }
        }
    }
}

extension KeyStore {
    /// A store that fetches with the gateway's guarded client.
    convenience init(_ client: OutboundClient, logger: Logger) {
        self.init { request, completion in
            client.get(request.url, host: request.host) { result in
                let fetched = result.mapError { FetchFailure(reason: $0.message) }
                let content = fetched.flatMap { reply -> Result<[UInt8], FetchFailure> in
                    guard reply.status == 200 else {
                        return .failure(FetchFailure(reason: "the answer is \(reply.status), not 200"))
                    }
                    return .success(reply.body)
                }
                // Whoever sends something may choose a URL that a pattern goes with: only the mapping's own are told of.
                if case .failure(let failure) = content, request.host == nil {
                    logger.warning(
                        "Keys that a mapping needs cannot be fetched",
                        metadata: ["url": "\(request.url)", "reason": "\(failure.reason)"]
                    )
                }
                completion(content)
            }
        }
    }
}
