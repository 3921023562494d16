import Foundation
import Restriction
import Settings
import Testing

@testable import Gateway

@Suite struct `The file of issued tokens` {
    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tokens-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func `gives back what was put into it`() throws {
        try inFolder { folder in
            let file = TokenFile(directory: folder)
            #expect(try file.read().isEmpty)
            var token = IssuedToken(
                name: "acme",
                scopes: [.write],
                endpoints: [.search],
                logs: ["default"],
                restrict: Array(#"{"tenant_id":["acme"]}"#.utf8),
                createdAt: 5,
                expiresAt: 1_000
            )
            let first = token.addSecret(now: 5, grace: 0)
            let second = token.addSecret(now: 6, grace: 10)
            #expect(first != second)
            try file.change { tokens throws(TokenFileError) in tokens.append(token) }
            #expect(try file.read() == [token])
            #expect(try file.read()[0].rules().map(\.field) == ["tenant_id"])
        }
    }

    @Test func `is left alone by a change that fails`() throws {
        try inFolder { folder in
            let file = TokenFile(directory: folder)
            try file.change { tokens throws(TokenFileError) in
                tokens.append(IssuedToken(name: "a", scopes: [.read], createdAt: 1))
            }
            #expect(throws: TokenFileError.self) {
                try file.change { tokens throws(TokenFileError) in
                    tokens.removeAll()
                    throw TokenFileError(message: "no")
                }
            }
            #expect(try file.read().map(\.name) == ["a"])
        }
    }

    @Test(arguments: [
        "", "{", "[]", #"{"tokens":7}"#, #"{"tokens":[{}]}"#,
        #"{"tokens":[{"name":"a","created_at":1,"scopes":["all"],"secrets":[]}]}"#,
        #"{"tokens":[{"name":"A b","created_at":1,"scopes":[],"secrets":[]}]}"#,
        #"{"tokens":[{"name":"a","created_at":1,"scopes":[],"secrets":[{"sha256":"00","created_at":1}]}]}"#,
        #"{"tokens":[{"name":"a","created_at":1,"scopes":[],"secrets":[],"restrict":7}]}"#,
    ])
    func `is refused when it is damaged, since less of it might allow more`(text: String) throws {
        try inFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/tokens.json"))
            #expect(throws: TokenFileError.self) { try TokenFile(directory: folder).read() }
        }
    }
}

@Suite struct `A token that is changed` {
    @Test func `keeps its older secrets for the grace, and never longer than they had`() {
        var token = IssuedToken(name: "a", scopes: [.read], createdAt: 0)
        _ = token.addSecret(now: 0, grace: 0)
        _ = token.addSecret(now: 100, grace: 50)
        #expect(token.secrets.map(\.expiresAt) == [150, nil])
        _ = token.addSecret(now: 120, grace: 1_000)
        #expect(token.secrets.map(\.expiresAt) == [150, 1_120, nil])
        _ = token.addSecret(now: 200, grace: 0)
        #expect(token.secrets.map(\.expiresAt) == [200, 200, nil])
    }

    @Test func `is in force as long as its secret and itself`() {
        let directory = IssuedTokenDirectory()
        var token = IssuedToken(name: "a", scopes: [.read], createdAt: 0, expiresAt: 300)
        let first = token.addSecret(now: 0, grace: 0)
        let second = token.addSecret(now: 10, grace: 90)
        // Without a log that is served it is none.
        #expect(directory.use([token], logs: [], taken: []).count == 1)
        #expect(directory.grant(presenting: Array(first.utf8), now: 20) == nil)
        #expect(
            directory.use([token], logs: [], taken: ["a"]).first?.contains("the configuration has a token 'a'") == true
        )
        #expect(token.isExpired(at: 300) && !token.isExpired(at: 299))
        #expect(first != second)
    }

    @Test func `was used when it was noted, to the second`() {
        let use = TokenUse()
        #expect(use.last == nil)
        use.note(5_000_000)
        use.note(5_900_000)
        #expect(use.last == 5_000_000)
        use.note(6_000_000)
        #expect(use.last == 6_000_000)
    }
}
