import Foundation
import Glibc
import Testing

/// Publishes one set of keys on loopback, under some paths.
private final class Publisher: @unchecked Sendable {
    let port: UInt16
    private let listener: Socket
    // Every access holds the lock.
    private let lock = NSLock()
    private var asked: [String] = []
    private var isHolding = false

    init() throws {
        (listener, port) = try Socket.listener(port: 0)
        Thread { [self] in
            while case let descriptor = accept(listener.descriptor, nil, nil), descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                Thread { [self] in serve(Socket(descriptor: descriptor)) }.start()
            }
        }.start()
    }

    var paths: [String] { lock.withLock { asked } }

    func hold(_ flag: Bool) { lock.withLock { isHolding = flag } }

    func stop() { shutdown(listener.descriptor, Int32(SHUT_RDWR)) }

    private func serve(_ client: Socket) {
        defer { shutdown(client.descriptor, Int32(SHUT_RDWR)) }
        guard let request = try? MessageReader(client.descriptor).next(isAnswer: false, within: 20) else { return }
        let path = request.startLine.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        lock.withLock { asked.append(path) }
        _ = eventually { lock.withLock { !isHolding } }
        let keys = `Keys that an issuer publishes`.keys
        let isThere = path == "/keys"
        let head =
            "HTTP/1.1 \(isThere ? "200 OK" : "500 X")\r\nContent-Length: \(isThere ? keys.utf8.count : 0)\r\n\r\n"
        _ = client.send(Array((head + (isThere ? keys : "")).utf8), within: 20)
    }
}

@Suite(.onOwnThreads) struct `Keys that an issuer publishes` {
    static let keys =
        #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one","x":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"}]}"#
    /// For the audience "gateway", until the year 2100.
    static let token = """
        eyJhbGciOiJFZERTQSIsImtpZCI6Im9uZSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiZ2F\
        0ZXdheSIsImV4cCI6NDEwMjQ0NDgwMH0.oOUaXUHhzLm6dHDpbVGBXg_6hh13rK2KISZ7f3nDlnYFdY8Gm8N4TgWKUdG\
        7V4_imiJqAzlX4vqz1drjOS2mAw
        """
    /// The same, by a key that is not published.
    private static let strange = """
        eyJhbGciOiJFZERTQSIsImtpZCI6InR3byJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjoiZ2F\
        0ZXdheSIsImV4cCI6NDEwMjQ0NDgwMH0.dNPIA6ShbRrqgLI46OEm4fh6LeSEEIKLsaw9NX6PPmqBSaNFTfaIxamYCDO\
        omXCGQnlAErdqCg5Cz0X37j4eBA
        """

    private func mapping(_ authenticate: String) -> String {
        #"{"vendor": "t", "authenticate": \#(authenticate), "event": {"fields": {"message": "m"}}}"#
    }

    private func jwt(_ port: UInt16, _ path: String) -> String {
        mapping(
            #"{"jwt": {"header": "authorization", "scheme": "Bearer", "algorithms": ["EdDSA"],"#
                + #" "jwks": "http://127.0.0.1:\#(port)\#(path)", "claims": {"aud": "gateway"}}}"#
        )
    }

    private func setup(_ publisher: Publisher, _ folder: TestFolder, isAllowed: Bool = true) throws -> GatewaySetup {
        var setup = GatewaySetup()
        setup.mappings = folder.path
        _ = try folder.write(jwt(publisher.port, "/keys"), to: "good.json")
        _ = try folder.write(jwt(publisher.port, "/broken"), to: "bad.json")
        setup.sources = ["good", "bad"].map { #"{"name":"\#($0)","mapping":"\#($0)"}"# }
        if isAllowed { setup.more = #", "outbound": {"allow": ["127.0.0.1"]}"# }
        return setup
    }

    private func bearer(_ token: String) -> [(String, String)] { [("Authorization", "Bearer \(token)")] }

    @Test func `are fetched once while deliveries wait and others go on`() throws {
        let publisher = try Publisher()
        let folder = try TestFolder()
        let gateway = try GatewayProcess(setup(publisher, folder))
        defer {
            gateway.end()
            publisher.stop()
            folder.remove()
        }
        publisher.hold(true)
        let headers = bearer(Self.token)
        @Sendable func deliver(_ number: Int) -> Int {
            let body = Array(#"{"m":"\#(number)"}"#.utf8)
            return (try? gateway.connect().request("POST", "/in/good", headers, body: body).status) ?? 0
        }
        let answers = concurrently(8) { number -> Int in
            // The last one sees to it that those before have waited together.
            guard number == 7 else { return deliver(number) }
            _ = eventually { publisher.paths == ["/keys"] }
            let status = (try? gateway.get("/healthz").status) ?? 0
            publisher.hold(false)
            return status
        }
        #expect(answers == [Int?](repeating: 200, count: 8))
        #expect(publisher.paths == ["/keys"])
        #expect(try gateway.count() == 7)
        for wrong in [Self.strange, Self.token + "x", "", "a.b.c"] {
            let answer = try gateway.connect().request("POST", "/in/good", bearer(wrong), body: Array("{}".utf8))
            #expect(answer.status == 401)
        }
        #expect(publisher.paths == ["/keys"])
    }

    @Test(arguments: [("bad", true), ("good", false)])
    func `that cannot be had are no reason to refuse anybody`(source: String, isAllowed: Bool) throws {
        let publisher = try Publisher()
        let folder = try TestFolder()
        let gateway = try GatewayProcess(setup(publisher, folder, isAllowed: isAllowed))
        defer {
            gateway.end()
            publisher.stop()
            folder.remove()
        }
        let answer = try gateway.connect().request("POST", "/in/\(source)", bearer(Self.token), body: Array("{}".utf8))
        #expect(answer.status == 503)
        #expect(publisher.paths == (isAllowed ? ["/broken"] : []))
        #expect(gateway.log.contains("Keys that a mapping needs cannot be fetched"))
        #expect(!gateway.log.contains(Self.token))
    }

    @Test func `stand beside where a delivery comes from`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        var setup = GatewaySetup()
        setup.mappings = folder.path
        _ = try folder.write(mapping(#"{"networks": ["203.0.113.0/24"]}"#), to: "net.json")
        _ = try folder.write(mapping(#"{"client_certificate": {"header": "x-cert"}}"#), to: "cert.json")
        setup.sources = [
            #"{"name":"net","mapping":"net"}"#,
            GatewaySetup.source("cert", mapping: "cert", ["secret": "CN=vendor-cert-1"]),
        ]
        for isTrusted in [true, false] {
            setup.listen = isTrusted ? #", "trusted_proxies": ["127.0.0.0/8"]"# : ""
            let gateway = try GatewayProcess(setup)
            defer { gateway.end() }
            func status(_ path: String, _ headers: [(String, String)]) throws -> Int {
                try gateway.connect().request("POST", path, headers, body: Array(#"{"m":"x"}"#.utf8)).status
            }
            let expected = isTrusted ? 200 : 401
            #expect(try status("/in/net", [("X-Forwarded-For", "198.51.100.1, 203.0.113.7")]) == expected)
            #expect(try status("/in/net", [("X-Forwarded-For", "203.0.113.7, 198.51.100.1")]) == 401)
            #expect(try status("/in/net", []) == 401)
            #expect(try status("/in/cert", [("X-Cert", "CN=vendor-cert-1")]) == expected)
            #expect(try status("/in/cert", [("X-Cert", "CN=other")]) == 401)
        }
    }
}
