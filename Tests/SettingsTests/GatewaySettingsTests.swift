import Foundation
import JSON
import Restriction
import Schema
import Testing

@testable import Settings

@Suite struct `A configuration` {
    @Test func `may be empty, since everything has a default`() throws {
        let settings = try settings("{}")
        #expect(settings.listen.host == "127.0.0.1")
        #expect(settings.listen.port == 8080)
        #expect(settings.listen.publicURL == nil)
        #expect(settings.listen.publicURL(port: 9).description == "http://127.0.0.1:9")
        #expect(settings.listen.trustedProxies.isEmpty)
        #expect(settings.listen.eventLoops == nil)
        #expect(settings.store.path == "/etc/gateway/data/audit.db")
        #expect(settings.store.dataDirectory == "/etc/gateway/data")
        #expect(settings.mappingsFolder == "/etc/gateway/Mappings")
        #expect(settings.logs.map(\.name) == ["default"])
        #expect(settings.logs[0].schema == .standard)
        #expect(settings.logs[0].schemaName == "standard")
        #expect(settings.logs[0].publish.interval == .seconds(3_600))
        #expect(settings.logs[0].publish.events == 65_536)
        #expect(settings.logs[0].signing == .none)
        #expect(settings.logs[0].retention == .init())
        #expect(settings.tokens.isEmpty && settings.sources.isEmpty && settings.sinks.isEmpty)
        #expect(settings.outbound.allow.isEmpty)
        #expect(settings.limits.bodyBytes == 64 << 20)
        #expect(settings.limits.inflatedBytes == 64 << 20)
        #expect(settings.limits.records == 10_000)
        #expect(settings.limits.queueBytes == 16 << 20)
        #expect(settings.limits.headerBytes == 64 << 10)
        #expect(settings.limits.requestTimeout == .seconds(30))
        #expect(settings.limits.shutdownTimeout == .seconds(20))
        #expect(settings.logging.format == .text && settings.logging.level == .info)
        #expect(settings.quarantine.bytes == 1 << 30)
        #expect(settings.retention.deduplication == .seconds(30 * 86_400))
        #expect(settings.retention.raw == .seconds(30 * 86_400))
        #expect(settings.warnings.isEmpty)
    }

    @Test func `has every key`() throws {
        let text = """
            {
              "$schema": "audit-gateway.schema.json",
              "listen": { "host": "0.0.0.0", "port": 0, "public_url": "HTTPS://Audit.Example.com/prefix/",
                          "trusted_proxies": ["127.0.0.1/32", "10.0.0.0/8", "::1"], "event_loops": 2 },
              "store": { "url": "sqlite:/var/lib/audit.db" },
              "mappings": "../maps",
              "logs": [ { "name": "default", "schema": "gateway", "publish": { "interval": "5m", "events": 100 } },
                        { "name": "auth0", "schema": "auth0", "retention": "365d" },
                        { "name": "orders", "signing": "service", "schema": { "vendor_id": "shop", "fields": [
                            { "id": "message", "type": "string", "size": 100, "required": true, "name": "Message",
                              "description": "What happened" },
                            { "id": "amount", "type": "integer" } ] } } ],
              "tokens": [ { "name": "shop", "secret": [ { "env": "SHOP" }, { "value": "0123456789abcdefg" } ], "logs": ["orders"],
                            "scopes": ["write", "read"], "restrict": { "amount": [1, 2] }, "restrict_mode": "dry-run" },
                          { "name": "ops", "secret": { "value": "0123456789abcdefgh" }, "scopes": ["admin"] } ],
              "sources": [ { "name": "auth0-prod", "mapping": "auth0", "log": "default", "secrets": { "secret": { "env": "AUTH0" } },
                             "constants": { "tenant_id": "acme", "number": 9007199254740993, "flag": true },
                             "restrict": { "tenant_id": { "required": true, "in": ["acme"] } }, "restrict_mode": "enforce" },
                           { "name": "open", "mapping": "open", "authenticate": "none" } ],
              "sinks": [ { "name": "central", "type": "audit", "url": "https://audit.aws.us.pangea.cloud", "endpoint": "/v2/log_async",
                           "token": { "env": "CENTRAL" }, "log": "orders", "config_id": "pci_1",
                           "batch": { "events": 200, "bytes": "2MiB", "linger": "250ms" }, "connections": 4, "timeout": "10s",
                           "start": "now", "http_version": "2", "enabled": false },
                         { "name": "other", "url": "http://127.0.0.1:9/", "endpoint": "/v1/log", "token": { "env": "CENTRAL" } } ],
              "outbound": { "allow": ["10.1.0.0/16", "Hooks.internal", "192.0.2.1"] },
              "limits": { "body_bytes": "1MiB", "inflated_bytes": 2097152, "records": 5, "queue_bytes": "32MiB",
                          "header_bytes": "16KiB", "request_timeout": "500ms", "shutdown_timeout": "1m", "mapping_steps": 1000,
                          "mapping_output_bytes": "64KiB" },
              "logging": { "format": "json", "level": "debug" },
              "quarantine": { "bytes": "10MiB", "retention": "7d" },
              "deduplication": { "retention": "60d" },
              "raw": { "retention": "0s" }
            }
            """
        let environment = [
            "SHOP": "shop-secret-0123456789", "AUTH0": "Bearer 0123456789abcdef", "CENTRAL": "pts_0123456789abcdef",
        ]
        let auth0 = EventSchema(fields: [Field(id: "date", kind: .datetime)], vendorID: "auth0")
        let settings = try settings(text, environment: environment, schemas: ["auth0": auth0])
        #expect(settings.warnings.isEmpty)
        #expect(settings.listen.publicURL?.description == "https://audit.example.com/prefix")
        #expect(settings.listen.publicURL(port: 1).description == "https://audit.example.com/prefix")
        #expect(settings.listen.trustedProxies.map(\.description) == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"])
        #expect(settings.listen.eventLoops == 2)
        #expect(settings.store.path == "/var/lib/audit.db")
        #expect(settings.mappingsFolder == "/etc/gateway/../maps")
        #expect(settings.logs.map(\.schemaName) == ["gateway", "auth0", nil])
        #expect(settings.logs[1].schema == auth0 && settings.logs[1].retention == .init(events: .seconds(365 * 86_400)))
        let orders = try #require(settings.log(named: "orders"))
        #expect(orders.signing == .service && orders.schema.vendorID == "shop")
        #expect(orders.schema.declaredOrder == ["message", "amount"])
        #expect(
            orders.schema.fields[1]
                == Field(
                    id: "message",
                    kind: .string,
                    size: 100,
                    isRequired: true,
                    name: "Message",
                    description: "What happened"
                )
        )
        let shop = settings.tokens[0]
        #expect(shop.secrets == [Secret("shop-secret-0123456789"), Secret("0123456789abcdefg")])
        #expect(shop.logs == ["orders"] && shop.scopes == [.write, .read] && shop.restrictionMode == .dryRun)
        #expect(!shop.restriction(forLog: "orders").allows(.integer(3), inField: "amount"))
        #expect(shop.restriction(forLog: "default").isEmpty)
        #expect(settings.tokens[1].logs == ["default", "auth0", "orders"])
        #expect(settings.tokens[1].scopes == [.write, .read, .admin])
        let source = settings.sources[0]
        #expect(source.mapping == "auth0" && source.log == "default" && !source.isUnauthenticated)
        #expect(source.secrets == ["secret": [Secret("Bearer 0123456789abcdef")]])
        #expect(source.constants["number"]?.integerValue == 9_007_199_254_740_993)
        #expect(source.constants["flag"]?.boolValue == true)
        #expect(source.restriction.rules.map(\.isRequired) == [true])
        #expect(settings.sources[1].isUnauthenticated)
        let sink = settings.sinks[0]
        #expect(sink.url == HTTPURL(scheme: .https, host: "audit.aws.us.pangea.cloud"))
        #expect(sink.endpoint == .asynchronous && sink.log == "orders" && sink.configID == "pci_1")
        #expect(sink.batch.events == 200 && sink.batch.bytes == 2 << 20 && sink.batch.linger == .milliseconds(250))
        #expect(sink.connections == 4 && sink.timeout == .seconds(10) && sink.start == .now)
        #expect(sink.httpVersion == .http2 && !sink.isEnabled && sink.kind == .audit)
        #expect(settings.sinks[1].batch.events == 1 && settings.sinks[1].isEnabled)
        #expect(settings.sinks[1].url.description == "http://127.0.0.1:9")
        let network = try #require(IPNetwork("10.1.0.0/16"))
        let address = try #require(IPNetwork("192.0.2.1"))
        #expect(settings.outbound.allow == [.network(network), .host("hooks.internal"), .network(address)])
        #expect(settings.limits.requestTimeout == .milliseconds(500))
        #expect(settings.limits.headerBytes == 16 << 10 && settings.limits.mappingSteps == 1_000)
        #expect(settings.limits.inflatedBytes == 2 << 20 && settings.limits.mappingOutputBytes == 64 << 10)
        #expect(settings.logging.format == .json && settings.logging.level == .debug)
        #expect(settings.quarantine.bytes == 10 << 20 && settings.quarantine.retention == .seconds(7 * 86_400))
        #expect(settings.retention.deduplication == .seconds(60 * 86_400) && settings.retention.raw == .zero)
    }

    @Test func `is read as the architecture shows it`() throws {
        let text = """
            {
              "listen":  { "host": "127.0.0.1", "port": 8080,
                           "public_url": "https://audit.example.com", "trusted_proxies": ["127.0.0.1/32"] },
              "store":   { "url": "sqlite:data/audit.db" },
              "mappings": "Mappings",
              "logs":    [ { "name": "default", "schema": "standard", "publish": { "interval": "1h" } },
                           { "name": "auth0", "schema": "auth0" },
                           { "name": "orders", "schema": { "fields": [ { "id": "message", "type": "string", "required": true } ] },
                             "signing": "service" } ],
              "tokens":  [ { "name": "shop", "secret": { "env": "SHOP_TOKEN" }, "logs": ["default"],
                             "scopes": ["write", "read"], "restrict": { "tenant_id": ["acme"] } },
                           { "name": "ops", "secret": { "file": "/run/secrets/ops" }, "scopes": ["admin"] } ],
              "sources": [ { "name": "auth0-prod", "mapping": "auth0", "log": "default",
                             "secrets": { "secret": { "env": "AUTH0_TOKEN" } },
                             "constants": { "tenant_id": "acme" }, "restrict": { "tenant_id": ["acme"] } } ],
              "sinks":   [ { "name": "central", "type": "audit", "url": "https://audit.aws.us.pangea.cloud", "endpoint": "/v2/log",
                             "token": { "env": "CENTRAL_TOKEN" }, "log": "default" } ],
              "outbound": { "allow": [] }
            }
            """
        try withTemporaryFolder { folder in
            try Data("ops-0123456789abcdef\n".utf8).write(to: URL(fileURLWithPath: folder + "/ops"))
            let settings = try settings(
                text.replacingOccurrences(of: "/run/secrets/ops", with: "ops"),
                environment: [
                    "SHOP_TOKEN": "shop-0123456789abcdef", "AUTH0_TOKEN": "auth0-0123456789abcdef",
                    "CENTRAL_TOKEN": "pts_0123456789abcdef",
                ],
                schemas: ["auth0": EventSchema(fields: [Field(id: "date", kind: .datetime)])],
                directory: folder
            )
            #expect(settings.logs.map(\.name) == ["default", "auth0", "orders"])
            #expect(settings.tokens.map(\.name) == ["shop", "ops"])
            #expect(settings.sources.map(\.mapping) == ["auth0"])
            #expect(settings.sinks.map(\.endpoint) == [.bulk])
            #expect(settings.warnings.isEmpty)
        }
    }

    @Test func `tells every problem at once in the order of the file`() {
        let text = """
            {
              "lisen": {},
              "listen": { "prot": 80, "port": 70000, "host": "", "trusted_proxies": ["10.0.0.1/8", "x"] },
              "logs": [ { "name": "a" }, { "name": "a" }, { "name": "B" }, { "schema": "standart" } ],
              "tokens": [ { "name": "t", "secret": { "env": "MISSING" }, "logs": ["aa"], "scopes": ["wirte"] } ],
              "sources": [ { "name": "s", "mapping": "m", "log": "zzz", "restrict": { "tenantid": ["x"] } } ],
              "limits": { "body_bytes": "big", "request_timeout": 30 },
              "logging": []
            }
            """
        let expected = [
            "gateway.json:2:3: unknown key 'lisen'; did you mean 'listen'?",
            "gateway.json:3:15: unknown key 'prot' in listen; did you mean 'port'?",
            "gateway.json:3:35: listen.port must be a whole number from 0 to 65535, not 70000",
            "gateway.json:3:50: listen.host must not be empty",
            "gateway.json:3:74: '10.0.0.1/8' has bits set behind its length; write 10.0.0.0/8, or 10.0.0.1 for the one address",
            "gateway.json:3:88: 'x' is not a network such as 10.0.0.0/8 or 2001:db8::/32",
            "gateway.json:4:40: the log 'a' is there twice, first at 4:23; rename or remove one",
            "gateway.json:4:57: the name 'B' must be 1 to 64 of a-z, 0-9, '_' and '-', the first a letter or digit",
            "gateway.json:4:64: logs[3] needs 'name'",
            "gateway.json:4:76: there is no schema 'standart'; did you mean 'standard'?",
            "gateway.json:5:49: the environment variable MISSING is not set",
            "gateway.json:5:71: there is no log 'aa'; did you mean 'a'?",
            "gateway.json:5:89: tokens[0].scopes[0] must be one of \"write\", \"read\", \"admin\", not \"wirte\"; did you mean \"write\"?",
            "gateway.json:6:54: there is no log 'zzz'; known are a",
            "gateway.json:7:29: limits.body_bytes must be a number of bytes such as 1048576 or \"16MiB\", not \"big\"",
            "gateway.json:7:55: limits.request_timeout must be a length of time such as \"250ms\", \"30s\", \"5m\", \"1h\" or \"30d\", not a whole number",
            "gateway.json:8:14: logging must be an object, not an array",
        ]
        let found = problems(text)
        for (found, expected) in zip(found, expected) { #expect(found == expected) }
        #expect(found.count == expected.count)
    }

    @Test(arguments: [
        ("[]", "the configuration must be an object, not an array"), ("", "empty"),
        ("{\"a\":1,\"a\":2}", "duplicate member 'a'"),
        ("{\"listen\":null}", "listen must be an object, not null"),
        ("{\"logs\":{}}", "logs must be an array, not an object"),
        ("{\"logs\":[1]}", "logs[0] must be an object, not a whole number"),
        ("{\"listen\":{\"port\":\"80\"}}", "listen.port must be a whole number from 0 to 65535, not a string"),
        ("{\"listen\":{\"port\":80.5}}", "not a number with a fraction"),
        ("{\"store\":{\"url\":\"postgres://x\"}}", "\"sqlite:PATH\""),
        ("{\"store\":{\"url\":\"sqlite:\"}}", "names no file"),
        ("{\"store\":{\"url\":\"sqlite::memory:\"}}", "names no file"),
        ("{\"store\":{\"url\":\"sqlite://host/x\"}}", "names no file"),
        ("{\"listen\":{\"host\":\"a b\"}}", "neither an address nor a host's name"),
        ("{\"logs\":[{\"name\":\"a\",\"schema\":{}}]}", "logs[0].schema needs 'fields'"),
        ("{\"logs\":[{\"name\":\"a\",\"schema\":{\"fields\":[]}}]}", "at least one field"),
        ("{\"logs\":[{\"name\":\"a\",\"schema\":1}]}", "a schema's name or an object with 'fields'"),
        ("{\"logs\":[{\"name\":\"a\",\"retention\":\"1m\"}]}", "must be from 1h to 36500d, not 1m"),
        ("{\"sinks\":[{\"name\":\"a\"}]}", "sinks[0] needs 'url'"),
        ("{\"sinks\":[{\"name\":\"a\"}]}", "sinks[0] needs 'token'"),
        ("{\"sources\":[{\"name\":\"a\"}]}", "sources[0] needs 'mapping'"),
        ("{\"sources\":[{\"name\":\"a\",\"mapping\":\"../x\"}]}", "the name '../x' must be"),
        (
            "{\"sources\":[{\"name\":\"a\",\"mapping\":\"x\",\"constants\":{\"n\":null}}]}",
            "sources[0].constants.n must be a string"
        ),
        ("{\"sources\":[{\"name\":\"a\",\"mapping\":\"x\",\"authenticate\":\"non\"}]}", "did you mean \"none\"?"),
        ("{\"tokens\":[{\"name\":\"a\",\"secret\":{\"value\":\"x\"}}]}", "tokens[0] needs 'scopes'"),
        ("{\"tokens\":[{\"name\":\"a\",\"secret\":{\"value\":\"x\"},\"scopes\":[]}]}", "scopes lists nothing"),
        (
            "{\"tokens\":[{\"name\":\"a\",\"secret\":{\"value\":\"x\"},\"scopes\":[\"read\"],\"logs\":[]}]}",
            "lists no log"
        ),
        (
            "{\"logs\":[{\"name\":\"a\"}],\"sources\":[{\"name\":\"a\",\"mapping\":\"x\"}]}",
            "needs 'log', since no log is named 'default'"
        ),
        ("{\"outbound\":{\"allow\":[\"https://x\"]}}", "is not a network"),
        ("{\"outbound\":{\"allow\":[\"*.x\"]}}", "neither a host's name"),
        ("{\"outbound\":{\"ca_file\":\"/nowhere/ca.pem\"}}", "cannot read '/nowhere/ca.pem'"),
        ("{\"logging\":{\"level\":\"warn\"}}", "did you mean"),
    ])
    func `is refused with a reason`(text: String, reason: String) {
        let problems = problems(text)
        #expect(problems.contains { $0.contains(reason) }, "\(problems)")
    }

    @Test(arguments: [
        ("{\"id\":\"A\",\"type\":\"string\"}", "the field's id 'A'"),
        ("{\"id\":\"received_at\",\"type\":\"string\"}", "the gateway's own"),
        ("{\"id\":\"a\",\"type\":\"float\"}", "must be one of \"string\""), ("{\"id\":\"a\"}", "needs 'type'"),
        ("{\"type\":\"string\"}", "needs 'id'"), ("{\"id\":\"a\",\"type\":\"integer\",\"size\":4}", "is for text only"),
        ("{\"id\":\"a\",\"type\":\"string\",\"size\":0}", "from 1 to"),
        ("{\"id\":\"ok\",\"type\":\"string\"}", "the field 'ok' is there twice"),
        ("{\"id\":\"a23456789012345678901234567890123\",\"type\":\"text\"}", "1 to 32"),
        ("{\"id\":\"a\",\"typ\":\"text\"}", "did you mean 'type'?"),
    ])
    func `refuses a field with a reason`(field: String, reason: String) {
        let text =
            "{\"logs\":[{\"name\":\"default\",\"schema\":{\"fields\":[{\"id\":\"ok\",\"type\":\"string\"},\(field)]}}]}"
        let problems = problems(text)
        #expect(problems.contains { $0.contains(reason) }, "\(problems)")
    }

    @Test(arguments: [
        ("https://a.example/x//", "https://a.example/x"), ("http://[::1]:80", "http://[::1]"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080"),
        ("https://h:443", "https://h"), ("http://h:443", "http://h:443"),
    ])
    func `reads URLs`(text: String, expected: String) throws {
        #expect(try HTTPURL(text).description == expected)
    }

    @Test(arguments: [
        "", "ftp://x", "example.com", "https://", "https://x?q", "https://x#f", "https://u:p@x", "https://x:0",
        "https://x:70000",
        "https://x:", "https://[::1", "https://[x]", "https://a b", "https://é", "https://-a", "https://a..b",
        "https:/x", "http://::1/",
    ])
    func `refuses other URLs`(text: String) { #expect(throws: HTTPURL.Flaw.self) { try HTTPURL(text) } }

    @Test func `is overridden by the environment`() throws {
        let text = #"{"listen":{"host":"10.0.0.1","port":1,"public_url":"http://x"},"store":{"url":"sqlite:a.db"}}"#
        let environment = [
            "AUDIT_GATEWAY_LISTEN_HOST": "0.0.0.0", "AUDIT_GATEWAY_LISTEN_PORT": "9000",
            "AUDIT_GATEWAY_PUBLIC_URL": "https://y/z", "AUDIT_GATEWAY_STORE_URL": "sqlite:///data/b.db",
            "AUDIT_GATEWAY_LOG_LEVEL": "warning", "PATH": "/bin",
        ]
        for text in [text, "{}"] {
            let settings = try settings(text, environment: environment)
            #expect(settings.listen.host == "0.0.0.0" && settings.listen.port == 9_000)
            #expect(settings.listen.publicURL?.description == "https://y/z")
            #expect(settings.store.path == "/data/b.db")
            #expect(settings.logging.level == .warning)
        }
        let untouched = try settings(text, environment: environment.mapValues { _ in "" })
        #expect(untouched.listen.host == "10.0.0.1" && untouched.listen.port == 1)
    }

    @Test func `names the variable that is wrong`() throws {
        #expect(
            problems("{}", environment: ["AUDIT_GATEWAY_LISTEN_PORT": "http", "AUDIT_GATEWAY_LOG_LEVEL": "warn"]) == [
                "AUDIT_GATEWAY_LISTEN_PORT: 'http' is not a whole number from 0 to 65535",
                "AUDIT_GATEWAY_LOG_LEVEL: logging.level must be one of \"trace\", \"debug\", \"info\", \"notice\", "
                    + "\"warning\", \"error\", \"critical\", not \"warn\"; did you mean \"warning\"?",
            ]
        )
        let warned = try settings("{}", environment: ["AUDIT_GATEWAY_LISTENPORT": "1", "AUDIT_GATEWAY_SHOP": "x"])
        #expect(
            warned.warnings.map(\.description) == [
                "AUDIT_GATEWAY_LISTENPORT: this variable overrides nothing; did you mean AUDIT_GATEWAY_LISTEN_PORT?"
            ]
        )
    }

    @Test func `is read from a file`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/gateway.json"
            try Data("{\"store\":{\"url\":\"sqlite:x.db\"}}".utf8).write(to: URL(fileURLWithPath: path))
            #expect(try settings(file: path).store.path == folder + "/x.db")
            #expect(throws: SettingsError.self) {
                try settings(file: folder + "/none.json")
            }
            #expect(throws: SettingsError.self) { try settings(file: folder) }
        }
    }
}

@Suite struct `A quantity` {
    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("0s", .zero), ("30s", .seconds(30)), ("5m", .seconds(300)),
        ("1h", .seconds(3_600)),
        ("30d", .seconds(2_592_000)), ("2w", .seconds(1_209_600)),
    ])
    func `of time is read`(text: String, expected: Duration) { #expect(Quantity.duration(text) == expected) }

    @Test(arguments: [
        "", "5", "m", "5 m", "-5m", "1.5h", "5M", "5min", "1h30m", "99999999999999999999s", "9223372036854775807w",
        "+5s", "٥s",
    ])
    func `of time is refused otherwise`(text: String) { #expect(Quantity.duration(text) == nil) }

    @Test(arguments: [
        ("1B", 1), ("64KiB", 65_536), ("16MiB", 16 << 20), ("1GiB", 1 << 30), ("2TiB", 2 << 40), ("1kB", 1_000),
        ("16MB", 16_000_000),
    ])
    func `of bytes is read`(text: String, expected: Int) { #expect(Quantity.byteCount(text) == expected) }

    @Test(arguments: ["", "16", "MiB", "1.5MiB", "16mib", "-1B", "9223372036854775807GiB"])
    func `of bytes is refused otherwise`(text: String) { #expect(Quantity.byteCount(text) == nil) }

    @Test func `is written as it is read`() {
        for text in ["250ms", "0s", "30s", "5m", "1h", "30d"] {
            #expect(Quantity.duration(text).map(Quantity.text) == text)
        }
        for text in ["1B", "1000B", "64KiB", "16MiB", "3TiB"] {
            #expect(Quantity.byteCount(text).map(Quantity.text) == text)
        }
    }

    @Test func `has a log's retention with periods of tenants`() throws {
        let retention = #"{"events":"10y","raw":"0s","tenants":{"acme":{"events":"90d"},"b/c":{"events":"2w"}}}"#
        let settings = try settings(#"{"logs":[{"name":"a","retention":\#(retention)}]}"#)
        let day = 86_400
        #expect(
            settings.logs[0].retention
                == .init(
                    events: .seconds(3650 * day),
                    raw: .zero,
                    tenants: ["acme": .seconds(90 * day), "b/c": .seconds(14 * day)]
                )
        )
    }

    @Test(arguments: [
        (#"{"tenants":{"acme":"90d"}}"#, "logs[0].retention.tenants.acme must be an object"),
        (#"{"tenants":{"acme":{}}}"#, "logs[0].retention.tenants.acme needs 'events'"),
        (#"{"tenants":{"acme":{"event":"90d"}}}"#, "unknown key 'event' in logs[0].retention.tenants.acme"),
        (#"{"body":"90d"}"#, "unknown key 'body' in logs[0].retention"),
    ])
    func `tells what is wrong with a log's retention`(retention: String, message: String) {
        let told = problems(#"{"logs":[{"name":"a","retention":\#(retention)}]}"#)
        #expect(told.contains { $0.contains(message) }, "\(told)")
    }

    @Test func `has periods of tenants only where events have a tenant`() {
        let told = problems(
            #"{"logs":[{"name":"a","schema":{"fields":[{"id":"m","type":"string"}]},"retention":{"tenants":{"x":{"events":"1d"}}}}]}"#
        )
        #expect(told.contains { $0.contains("logs[0].retention.tenants needs the field 'tenant_id'") }, "\(told)")
    }
}
