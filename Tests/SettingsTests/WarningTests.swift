import Foundation
import Testing

@testable import Settings

@Suite struct `A warning` {
    private func warnings(_ text: String, environment: [String: String] = [:]) throws -> [String] {
        try settings(text, environment: environment).warnings.map(\.description)
    }

    @Test(arguments: [
        #"{"listen":{"trusted_proxies":["10.0.0.0/8"]},"outbound":{"allow":["10.0.0.0/8"]}}"#,
        #"{"logs":[{"name":"default","signing":"service","publish":{"interval":"5m","events":10}}]}"#,
        #"{"listen":{"host":"127.0.0.1"}}"#,
        #"{"logs":[{"name":"default","retention":"30d"}]}"#,
        #"{"listen":{"host":"0.0.0.0","public_url":"https://audit.example.com"}}"#,
    ])
    func `is not given where a key says what holds anyway`(text: String) throws {
        #expect(try warnings(text).isEmpty)
    }

    @Test(arguments: ["0.0.0.0", "::"])
    func `tells that answers would name an address that nobody reaches`(host: String) throws {
        let found = try warnings(#"{"listen":{"host":"\#(host)"}}"#)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("gateway.json:1:19: answers would name http://") == true, "\(found)")
        #expect(found.first?.hasSuffix("set listen.public_url") == true, "\(found)")
        let fromEnvironment = try warnings("{}", environment: ["AUDIT_GATEWAY_LISTEN_HOST": host])
        #expect(fromEnvironment.first?.hasPrefix("AUDIT_GATEWAY_LISTEN_HOST: answers would name") == true)
    }

    @Test func `is told beside problems too`() {
        let error = #expect(throws: SettingsError.self) {
            try settings(#"{"listen":{"host":"0.0.0.0"},"lisen":{}}"#)
        }
        #expect(error?.problems.count == 1)
        #expect(error?.warnings.map { $0.message.hasPrefix("answers would name") } == [true])
    }
}

@Suite struct `A duplicate member` {
    @Test func `hides no other problem`() {
        let text = #"{"listen":{"port":1,"port":2,"hots":"x"},"logs":[{"name":"B"}],"logs":[]}"#
        #expect(
            problems(text) == [
                "gateway.json:1:21: duplicate member 'port', first at 1:12; remove one of them",
                "gateway.json:1:30: unknown key 'hots' in listen; did you mean 'host'?",
                "gateway.json:1:58: the name 'B' must be 1 to 64 of a-z, 0-9, '_' and '-', the first a letter or digit",
                "gateway.json:1:64: duplicate member 'logs', first at 1:42; remove one of them",
            ]
        )
    }
}

@Suite struct `The schema of a broken mapping` {
    @Test func `is told by the mapping alone`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/gateway.json"
            let text = #"{"logs":[{"name":"a","schema":"auth0"},{"name":"b","schema":"okta"}]}"#
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            var folders: [String] = []
            let reading = GatewaySettings.read(file: path, environment: [:]) { mappings in
                folders.append(mappings)
                return KnownSchemas(schemas: [:], broken: ["auth0"])
            }
            #expect(folders == [folder + "/Mappings"])
            #expect(reading.problems.map(\.message) == ["there is no schema 'okta'; known are gateway, standard"])
            #expect(reading.settings?.mappingsPlace == nil)
        }
    }
}
