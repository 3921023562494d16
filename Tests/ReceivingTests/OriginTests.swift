import JSON
import Mapping
import Receiving
import Restriction
import Schema
import Testing

private let body = Array(#"{"m":"a"}"#.utf8)

private func isAccepted(
    _ source: Source,
    from address: String?,
    overProxy: Bool = false,
    headers: [(name: String, value: String)] = []
) -> Bool {
    let outcome = body.withUnsafeBytes {
        DeliveryReader().read(
            DeliveryRequest(
                method: "POST",
                path: "/in/test",
                headers: headers,
                body: $0,
                receivedAt: now,
                clientAddress: address.flatMap { IPAddress($0) },
                isFromTrustedProxy: overProxy
            ),
            for: source
        )
    }
    return outcome.delivery != nil
}

@Suite struct `Networks that deliveries come from` {
    @Test(arguments: [
        ("203.0.113.7", true), ("203.0.114.7", false), ("2001:db8::1", true), ("2001:db9::1", false),
        ("::ffff:203.0.113.7", true), (nil, false),
    ])
    func `are listed in the mapping`(address: String?, expected: Bool) throws {
        let source = try source(authenticate: #"{"networks": ["203.0.113.0/24", "2001:db8::/32"]}"#)
        #expect(isAccepted(source, from: address) == expected)
    }

    @Test func `may be the source's own`() throws {
        func source(_ networks: String) throws -> Source {
            let text = #"""
                {"vendor": "t", "authenticate": {"networks": {"constant": "networks"}},
                 "event": {"fields": {"message": "m"}}}
                """#
            return try Source(
                name: "t",
                mapping: MappingFile.load(bytes: Array(text.utf8), file: "t.json").bind(to: .standard),
                constants: .object([.init("networks", .string(networks))]),
                scope: []
            )
        }
        let two = try source("198.51.100.0/24, 192.0.2.1")
        #expect(isAccepted(two, from: "192.0.2.1") && isAccepted(two, from: "198.51.100.9"))
        #expect(!isAccepted(two, from: "192.0.2.2"))
        #expect(throws: SourceError.self) { try source("x") }
        #expect(throws: SourceError.self) { try source(" ") }
        #expect(throws: SourceError.self) {
            try ReceivingTests.source(authenticate: #"{"networks": {"constant": "missing"}}"#)
        }
        #expect(throws: SourceError.self) { try ReceivingTests.source(authenticate: #"{"networks": ["300.0.0.1"]}"#) }
        #expect(throws: MappingErrors.self) { try ReceivingTests.source(authenticate: #"{"networks": []}"#) }
    }
}

@Suite struct `A client's certificate` {
    @Test func `is believed from a trusted proxy only`() throws {
        let source = try source(
            authenticate: #"{"client_certificate": {"header": "X-Client-Cert"}}"#,
            secrets: ["secret": ["CN=vendor", "CN=old"]]
        )
        let right = [(name: "x-client-cert", value: "CN=vendor")]
        #expect(isAccepted(source, from: "10.0.0.1", overProxy: true, headers: right))
        #expect(isAccepted(source, from: nil, overProxy: true, headers: [("x-client-cert", "CN=old")]))
        #expect(!isAccepted(source, from: "10.0.0.1", headers: right))
        #expect(!isAccepted(source, from: "10.0.0.1", overProxy: true))
        #expect(!isAccepted(source, from: "10.0.0.1", overProxy: true, headers: [("x-client-cert", "CN=other")]))
    }
}
