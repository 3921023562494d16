/// The keys of one object of the configuration file, as they are written there.
package protocol SettingsKey: RawRepresentable<String>, CaseIterable, Hashable, Sendable {}

enum RootKey: String, SettingsKey {
    /// For editors: where the JSON Schema is. Not read.
    case schema = "$schema"
    case listen, store, mappings, logs, tokens, sources, sinks, outbound, limits, logging, quarantine, deduplication,
        raw, verification
}

enum ListenKey: String, SettingsKey {
    case host, port
    case publicURL = "public_url"
    case trustedProxies = "trusted_proxies"
    case eventLoops = "event_loops"
}

enum StoreKey: String, SettingsKey { case url }

enum LogKey: String, SettingsKey {
    case name, schema, publish, signing, retention
    case isPublic = "public"
}

enum LogRetentionKey: String, SettingsKey { case events, raw, tenants }

enum TenantRetentionKey: String, SettingsKey { case events }

enum SchemaKey: String, SettingsKey {
    case vendorID = "vendor_id"
    case jsonPath = "json_path"
    case saveMalformed = "save_malformed"
    case clientSignable = "client_signable"
    case tamperProofing = "tamper_proofing"
    case fields
}

enum FieldKey: String, SettingsKey {
    case id, type, size, required, name, description
    case isVisible = "ui_default_visible"
}

enum PublishKey: String, SettingsKey { case interval, events }

enum TokenKey: String, SettingsKey {
    case name, secret, logs, scopes, restrict
    case restrictMode = "restrict_mode"
}

enum SourceKey: String, SettingsKey {
    case name, mapping, log, secrets, constants, restrict, authenticate
    case restrictMode = "restrict_mode"
}

enum SinkKey: String, SettingsKey {
    case name, type, url, endpoint, token, log, batch, connections, timeout, start, enabled
    case configID = "config_id"
    case httpVersion = "http_version"
    case caFile = "ca_file"
}

enum BatchKey: String, SettingsKey { case events, bytes, linger }

enum OutboundKey: String, SettingsKey {
    case allow
    case caFile = "ca_file"
}

enum LimitsKey: String, SettingsKey {
    case bodyBytes = "body_bytes"
    case inflatedBytes = "inflated_bytes"
    case records
    case queueBytes = "queue_bytes"
    case headerBytes = "header_bytes"
    case requestTimeout = "request_timeout"
    case shutdownTimeout = "shutdown_timeout"
    case mappingSteps = "mapping_steps"
    case mappingOutputBytes = "mapping_output_bytes"
}

enum LoggingKey: String, SettingsKey { case format, level }

enum QuarantineKey: String, SettingsKey { case bytes, retention }

enum VerificationKey: String, SettingsKey {
    case origin
    case checkpointInterval = "checkpoint_interval"
    case ledgerAtRoot = "ledger_at_root"
}

enum RetentionKey: String, SettingsKey { case retention }

enum SecretKey: String, SettingsKey { case env, file, value }

enum ConditionKey: String, SettingsKey {
    case `in`, not, prefix, cidr, required
}

/// Every key that a configuration file may have, by the object that it stands in.
package enum SettingsKeys {
    /// Paths are written as in messages, with `[]` for the elements of an array and `*` for names of the user's choice.
    package static let all: [(path: String, keys: [String])] = [
        ("", keys(RootKey.self)),
        ("listen", keys(ListenKey.self)),
        ("store", keys(StoreKey.self)),
        ("logs[]", keys(LogKey.self)),
        ("logs[].schema", keys(SchemaKey.self)),
        ("logs[].schema.fields[]", keys(FieldKey.self)),
        ("logs[].publish", keys(PublishKey.self)),
        ("logs[].retention", keys(LogRetentionKey.self)),
        ("logs[].retention.tenants.*", keys(TenantRetentionKey.self)),
        ("tokens[]", keys(TokenKey.self)),
        ("tokens[].secret", keys(SecretKey.self)),
        ("tokens[].restrict.*", keys(ConditionKey.self)),
        ("sources[]", keys(SourceKey.self)),
        ("sources[].secrets.*", keys(SecretKey.self)),
        ("sources[].restrict.*", keys(ConditionKey.self)),
        ("sinks[]", keys(SinkKey.self)),
        ("sinks[].token", keys(SecretKey.self)),
        ("sinks[].batch", keys(BatchKey.self)),
        ("outbound", keys(OutboundKey.self)),
        ("limits", keys(LimitsKey.self)),
        ("logging", keys(LoggingKey.self)),
        ("quarantine", keys(QuarantineKey.self)),
        ("deduplication", keys(RetentionKey.self)),
        ("raw", keys(RetentionKey.self)),
        ("verification", keys(VerificationKey.self)),
    ]

    private static func keys<Key: SettingsKey>(_ type: Key.Type) -> [String] { type.allCases.map(\.rawValue) }
}
