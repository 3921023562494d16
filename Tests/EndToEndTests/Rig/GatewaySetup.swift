/// The secrets of the gateways that the tests start.
enum Secrets {
    static let app = "app-token-of-the-tests"
    static let other = "other-token-of-the-tests"
    static let admin = "admin-token-of-the-tests"
    static let central = "central-token-of-the-tests"
    static let stream = "stream-token-of-the-tests"
    /// What Auth0 sends in `Authorization`, exactly as its operator typed it.
    static let auth0 = "Bearer auth0-secret-of-the-tests"
    static let generic = "generic-secret-of-the-tests"
}

/// The configuration of a gateway, as JSON texts that a test changes where it needs something else.
struct GatewaySetup: Sendable {
    /// 0 lets the system choose at every start.
    var port: UInt16 = 0
    var logs = [#"{"name":"default"}"#]
    var tokens = [
        GatewaySetup.token("app", Secrets.app),
        GatewaySetup.token("other", Secrets.other),
        GatewaySetup.token("admin", Secrets.admin, #""scopes":["admin"]"#),
    ]
    var sources = [
        GatewaySetup.source("auth0", mapping: "auth0", ["secret": Secrets.auth0, "token": Secrets.stream]),
        GatewaySetup.source("generic", mapping: "generic", ["secret": Secrets.generic]),
    ]
    var sinks: [String] = []
    /// The folder of the mapping files.
    var mappings = Executable.mappings
    /// Further members of `listen`, and of the whole.
    var listen = ""
    var more = ""
    /// Members of `limits`.
    var limits = ""
    /// As vendors reach the gateway; nil for its own address.
    var publicURL: String?
    /// Environment variables of the process, `NAME=value`.
    var environment: [String] = []
    /// Where the store is, seen from the configuration's folder.
    var store = "data/audit.db"

    var text: String {
        """
        {
            "listen": { "host": "127.0.0.1", "port": \(port)\(publicURL.map { ", \"public_url\": \(JSON.quoted($0))" } ?? "")\(listen) },
            "store": { "url": \(JSON.quoted("sqlite:" + store)) },
            "mappings": \(JSON.quoted(mappings)),
            "logs": [\(logs.joined(separator: ", "))],
            "tokens": [\(tokens.joined(separator: ", "))],
            "sources": [\(sources.joined(separator: ", "))],
            "sinks": [\(sinks.joined(separator: ", "))],
            "limits": { \(limits) },
            "logging": { "level": "info" }\(more)
        }

        """
    }

    static func token(
        _ name: String,
        _ secret: String,
        _ members: String = #""scopes":["write","read"]"#
    ) -> String {
        #"{"name":"\#(name)","secret":{"value":"\#(secret)"},\#(members)}"#
    }

    static func source(_ name: String, mapping: String, _ secrets: [String: String], _ members: String = "") -> String {
        let texts = secrets.sorted { $0.key < $1.key }.map { #""\#($0.key)":{"value":"\#($0.value)"}"# }
        let more = members.isEmpty ? "" : "," + members
        return #"{"name":"\#(name)","mapping":"\#(mapping)","secrets":{\#(texts.joined(separator: ","))}\#(more)}"#
    }

    static func sink(
        port: UInt16,
        endpoint: String = "/v2/log",
        token: String = Secrets.central,
        batch: Int = 50,
        _ members: String = ""
    ) -> String {
        let batch = endpoint == "/v1/log" ? "" : #","batch":{"events":\#(batch),"linger":"5ms"}"#
        let more = members.isEmpty ? "" : "," + members
        return
            #"{"name":"central","url":"http://127.0.0.1:\#(port)","endpoint":"\#(endpoint)","token":{"value":"\#(token)"}"#
            + "\(batch)\(more)}"
    }

    /// A gateway that others forward to: with a token, and with a source that takes raw Auth0 records.
    static func central(token: String = Secrets.central, _ members: String = #""scopes":["write","read"]"#)
        -> GatewaySetup
    {
        var setup = GatewaySetup()
        setup.tokens = [
            GatewaySetup.token("edge", token, members),
            GatewaySetup.token("auditor", Secrets.app, #""scopes":["read"]"#),
            GatewaySetup.token("admin", Secrets.admin, #""scopes":["admin"]"#),
        ]
        return setup
    }
}
