/// A call of the API that a token may be limited to.
package enum APIEndpoint: String, Sendable, CaseIterable {
    case log = "/v1/log"
    case bulkLog = "/v2/log"
    case asynchronousLog = "/v2/log_async"
    case logStream = "/v1/log_stream"
    case search = "/v1/search"
    case results = "/v1/results"
    case root = "/v1/root"
    case export = "/v1/export"
    case download = "/v1/download_results"
    case schema = "/v1/schema"
    case openAPI = "/v1/openapi.json"
    case forwarderTest = "/v1/forwarder/test"

    /// The scopes that include it, each by itself.
    var scopes: Set<TokenGrant.Scope> {
        switch self {
        case .log, .bulkLog, .asynchronousLog, .logStream: [.write]
        case .search, .results, .root, .export, .download: [.read]
        // Whoever writes has to know what fits.
        case .schema, .openAPI: [.write, .read]
        case .forwarderTest: [.admin]
        }
    }
}

extension APIEndpoint {
    /// The endpoint of a path of the reading routes; nil for one that has no name of its own.
    init?(path: String) { self.init(rawValue: path) }
}
