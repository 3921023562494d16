import Foundation
import Testing

@testable import Settings

@Suite struct `An initial configuration` {
    @Test func `is valid and draws no warning`() throws {
        let initial = GatewaySettings.initialConfiguration(port: 9_090, storePath: "d\"/x.db", mappings: "/usr/share/m")
        let settings = try settings(initial.text)
        #expect(settings.warnings.isEmpty)
        #expect(settings.listen.port == 9_090)
        #expect(settings.store.path == "/etc/gateway/d\"/x.db")
        #expect(settings.mappingsFolder == "/usr/share/m")
        #expect(settings.logs.map(\.name) == ["default"])
        #expect(settings.tokens.map(\.name) == ["admin", "app"])
        #expect(
            settings.tokens[0].scopes.contains(.admin) && settings.tokens[0].secrets == [Secret(initial.adminToken)]
        )
        #expect(
            settings.tokens[1].scopes == [.write, .read] && settings.tokens[1].secrets == [Secret(initial.appToken)]
        )
        #expect(settings.sources.map(\.name) == ["auth0", "generic"])
        #expect(settings.sources.map(\.mapping) == ["auth0", "generic"])
        #expect(settings.sources[0].secrets == ["secret": [Secret(initial.auth0Authorization)]])
        #expect(settings.sources[1].secrets == ["secret": [Secret(initial.genericSecret)]])
        #expect(initial.auth0Authorization.hasPrefix("Bearer "))
    }

    @Test func `has other secrets every time`() {
        let all = (0..<20).flatMap { _ in
            let initial = GatewaySettings.initialConfiguration()
            return [initial.adminToken, initial.appToken, initial.auth0Authorization, initial.genericSecret]
        }
        #expect(Set(all).count == all.count)
        #expect(all.allSatisfy { $0.count >= 32 })
    }

    @Test func `is written for its owner alone and never over another file`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/gateway.json"
            let initial = GatewaySettings.initialConfiguration()
            try initial.write(to: path)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == initial.text)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["gateway.json"])
            let error = #expect(throws: SettingsError.self) {
                try GatewaySettings.initialConfiguration().write(to: path)
            }
            #expect(error?.description.contains("is there already") == true)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == initial.text)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["gateway.json"])
            #expect(throws: SettingsError.self) { try initial.write(to: folder + "/none/gateway.json") }
            #expect(throws: SettingsError.self) { try initial.write(to: folder) }
        }
    }
}
