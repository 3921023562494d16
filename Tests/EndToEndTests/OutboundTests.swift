import Foundation
import Testing

/// What the gateway asks others for, over HTTPS with certificates that are checked.
@Suite(.onOwnThreads) struct `A request of the gateway's own` {
    private static let token = "one-time-token-of-the-subscription"

    /// What may be wrong with the server's certificate, or with what the gateway trusts.
    enum Trust: CaseIterable {
        case right, systemOnly, otherAuthority, otherName
    }

    private func mapping(_ authenticate: String, _ more: String = "") -> String {
        #"{"vendor": "t", "authenticate": \#(authenticate)\#(more), "event": {"fields": {"message": "m"}}}"#
    }

    private func write(_ server: TLSServer, to folder: TestFolder) throws {
        let jwt = #"""
            {"jwt": {"header": "authorization", "scheme": "Bearer", "algorithms": ["EdDSA"], "jwks": "\#(server.url)/keys",
                     "claims": {"aud": "gateway"}}}
            """#
        let signed = #"""
            {"signature": {"algorithm": "rsa-sha256", "message": [{"fields": ["m", "SubscribeURL"]}],
                           "signature": {"field": "Signature"},
                           "certificate": {"url": "CertURL", "host": "127\\.0\\.0\\.1"}}}
            """#
        let confirm = #"""
            , "handshakes": [{"when": "SubscribeURL", "confirm": {"url": "SubscribeURL", "host": "127\\.0\\.0\\.1"},
                              "answer": {"text": "'confirmed'"}}]
            """#
        try folder.write(mapping(jwt), to: "jwt.json")
        try folder.write(mapping(signed, confirm), to: "signed.json")
        try folder.write(mapping(#"{"secret": {"header": "x-secret"}}"#, confirm), to: "confirm.json")
    }

    /// Calls `body` with a gateway and a server that it may ask, unless something is wrong.
    private func withServer(
        _ trust: Trust = .right,
        isAllowed: Bool = true,
        _ body: (GatewayProcess, TLSServer, TestAuthority) throws -> Void
    ) throws {
        let authority = try TestAuthority()
        defer { authority.folder.remove() }
        try authority.issue(names: trust == .otherName ? "DNS:other.example" : "IP:127.0.0.1,DNS:localhost")
        let certificate = try String(contentsOfFile: authority.file, encoding: .utf8)
        let server = try TLSServer(
            authority,
            [
                "/keys": .init(body: `Keys that an issuer publishes`.keys),
                "/certificate.pem": .init(body: certificate),
                "/confirm": .init(body: "thank you"),
                "/broken": .init(status: 500),
                "/moved": .init(status: 302, headers: ["Location": "/confirm"]),
            ]
        )
        defer { server.stop() }
        let folder = try TestFolder()
        defer { folder.remove() }
        try write(server, to: folder)
        var setup = GatewaySetup()
        setup.mappings = folder.path
        setup.sources = [
            #"{"name":"jwt","mapping":"jwt"}"#, #"{"name":"signed","mapping":"signed"}"#,
            GatewaySetup.source("confirm", mapping: "confirm", ["secret": "secret-of-the-confirmation"]),
        ]
        let other = trust == .otherAuthority ? try TestAuthority() : nil
        defer { other?.folder.remove() }
        let file = other?.file ?? authority.file
        let trusted = trust == .systemOnly ? "" : #", "ca_file": \#(JSON.quoted(file))"#
        setup.more = #", "outbound": {"allow": [\#(isAllowed ? "\"127.0.0.1\"" : "")]\#(trusted)}"#
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        try body(gateway, server, authority)
        #expect(!gateway.log.contains(Self.token))
    }

    private func post(_ source: String, _ body: String, _ headers: [(String, String)], to gateway: GatewayProcess)
        throws
        -> HTTPMessage
    {
        try gateway.connect().request("POST", "/in/\(source)", headers, body: Array(body.utf8))
    }

    private func confirm(_ url: String, at gateway: GatewayProcess) throws -> HTTPMessage {
        let secret = [("X-Secret", "secret-of-the-confirmation")]
        return try post("confirm", #"{"SubscribeURL":"\#(url)"}"#, secret, to: gateway)
    }

    private var bearer: [(String, String)] { [("Authorization", "Bearer \(`Keys that an issuer publishes`.token)")] }

    /// A body that the authority's own key has signed.
    private func signed(_ url: String?, _ server: TLSServer, _ authority: TestAuthority) throws -> String {
        let text = "m\na\n" + (url.map { "SubscribeURL\n\($0)\n" } ?? "")
        let subscription = url.map { #","SubscribeURL":"\#($0)""# } ?? ""
        let code = try authority.signature(of: text)
        return #"{"m":"a","Signature":"\#(code)","CertURL":"\#(server.url)/certificate.pem"\#(subscription)}"#
    }

    @Test func `fetches keys and certificates once and trusts the operator's authority`() throws {
        try withServer { gateway, server, authority in
            let body = try signed(nil, server, authority)
            for _ in 0..<3 {
                #expect(try post("jwt", #"{"m":"a"}"#, bearer, to: gateway).status == 200)
                #expect(try post("signed", body, [], to: gateway).status == 200)
            }
            #expect(try post("signed", body.replacing(#""m":"a""#, with: #""m":"b""#), [], to: gateway).status == 401)
            #expect(server.asked == ["/keys", "/certificate.pem"])
        }
    }

    @Test(arguments: [Trust.systemOnly, .otherAuthority, .otherName])
    func `believes no server whose certificate is not right`(trust: Trust) throws {
        try withServer(trust) { gateway, server, authority in
            let signed = try signed(nil, server, authority)
            #expect(try post("jwt", #"{"m":"a"}"#, bearer, to: gateway).status == 503)
            #expect(try post("signed", signed, [], to: gateway).status == 503)
            let url = "\(server.url)/confirm?Token=\(Self.token)"
            let secret = [("X-Secret", "secret-of-the-confirmation")]
            #expect(try post("confirm", #"{"SubscribeURL":"\#(url)"}"#, secret, to: gateway).status == 503)
            #expect(server.asked.isEmpty)
            #expect(try gateway.count() == 0)
        }
    }

    @Test func `confirms a subscription before it is answered`() throws {
        try withServer { gateway, server, authority in
            let target = "/confirm?Token=\(Self.token)"
            let secret = [("X-Secret", "secret-of-the-confirmation")]
            let body = #"{"SubscribeURL":"\#(server.url + target)"}"#
            #expect(try post("confirm", body, [("X-Secret", "wrong")], to: gateway).status == 401)
            #expect(server.asked.isEmpty)
            let answer = try post("confirm", body, secret, to: gateway)
            #expect(answer.status == 200 && answer.text == "confirmed")
            #expect(server.asked == [target])
            // With a certificate that comes from there too.
            let signed = try signed(server.url + target, server, authority)
            #expect(try post("signed", signed, [], to: gateway).text == "confirmed")
            #expect(server.asked == [target, "/certificate.pem", target])
            let other = signed.replacing(Self.token, with: "other")
            #expect(try post("signed", other, [], to: gateway).status == 401)
            #expect(server.asked.count == 3)
            #expect(try gateway.count() == 0)
        }
    }

    @Test func `confirms nothing elsewhere and follows no redirect`() throws {
        try withServer { gateway, server, _ in
            for path in ["moved", "broken"] {
                let answer = try confirm("\(server.url)/\(path)?Token=\(Self.token)", at: gateway)
                #expect(answer.status == 503)
            }
            #expect(server.asked.map { $0.prefix(6) } == ["/moved", "/broke"])
            for url in [
                "https://localhost:\(server.port)/confirm", "http://127.0.0.1:\(server.port)/confirm",
                "https://127.0.0.1@localhost:\(server.port)/confirm", "https://127.0.0.1.example/confirm", "x",
            ] {
                let answer = try confirm(url, at: gateway)
                #expect(answer.status == 400, "\(url)")
            }
            #expect(server.asked.count == 2)
        }
    }

    @Test func `goes to no private address that the operator has not allowed`() throws {
        try withServer(isAllowed: false) { gateway, server, authority in
            let body = #"{"SubscribeURL":"\#(server.url)/confirm?Token=\#(Self.token)"}"#
            let secret = [("X-Secret", "secret-of-the-confirmation")]
            #expect(try post("confirm", body, secret, to: gateway).status == 503)
            let signed = try signed(nil, server, authority)
            #expect(try post("jwt", #"{"m":"a"}"#, bearer, to: gateway).status == 503)
            #expect(try post("signed", signed, [], to: gateway).status == 503)
            #expect(server.asked.isEmpty)
        }
    }
}
