/// The environment variables that take the place of a key, for containers.
package enum EnvironmentOverride: String, CaseIterable, Sendable {
    case listenHost = "AUDIT_GATEWAY_LISTEN_HOST"
    case listenPort = "AUDIT_GATEWAY_LISTEN_PORT"
    case publicURL = "AUDIT_GATEWAY_PUBLIC_URL"
    case storeURL = "AUDIT_GATEWAY_STORE_URL"
    case logLevel = "AUDIT_GATEWAY_LOG_LEVEL"

    /// What all of them begin with.
    static let prefix = "AUDIT_GATEWAY_"
}
