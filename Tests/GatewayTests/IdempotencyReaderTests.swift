import AuditLog
import Cryptography
import Schema
import Testing

@testable import Gateway

@Suite struct `Idempotency keys of a gateway` {
    private let log = LogIdentity(id: LogID(rawValue: 1), name: "default", configurationID: "pci_a", treeName: "t")

    private func read(_ header: String, count: Int, token: String = "edge") throws -> [String] {
        let idempotency = try IdempotencyReader(hasher: SHA256Hasher()).read(
            header,
            eventCount: count,
            token: token,
            log: log,
            route: "/v2/log",
            body: UnsafeRawBufferPointer(start: nil, count: 0)
        )
        guard case .events(let keys) = idempotency else { return [] }
        return keys.map { key in key.withBytes { Hex.encode(Array($0)) } }
    }

    @Test(arguments: ["1": 1, "101-180,183": 81, "7,9,11-12": 4])
    func `name one event each`(ranges: String, count: Int) throws {
        #expect(Set(try read("agw1;pci_x;\(ranges)", count: count)).count == count)
    }

    @Test func `are the same however a batch is cut`() throws {
        let whole = try read("agw1;pci_x;1-4", count: 4)
        #expect(try read("agw1;pci_x;1-2", count: 2) + read("agw1;pci_x;3-4", count: 2) == whole)
        #expect(try read("agw1;pci_x;2,4", count: 2) == [whole[1], whole[3]])
    }

    @Test func `differ by token and by the sender's log`() throws {
        let keys = try read("agw1;pci_x;1", count: 1)
        #expect(try read("agw1;pci_y;1", count: 1) != keys)
        #expect(try read("agw1;pci_x;1", count: 1, token: "other") != keys)
    }

    @Test(arguments: [
        "agw1;", "agw1;pci_x", "agw1;;1", "agw1;pci_x;", "agw1;pci_x;a", "agw1;pci_x;2-1", "agw1;pci_x;1,1",
        "agw1;pci_x;3,1",
        "agw1;pci_x;1-2-3", "agw1;pci_x;1;2", "agw1;pci_x;0", "agw1;pci_x;-1", "agw1;pci_x;18446744073709551616",
    ])
    func `are refused when they are malformed`(header: String) {
        #expect(throws: IdempotencyReader.Failure.self) { try read(header, count: 1) }
    }

    @Test func `never cost more than the request has events`() {
        #expect(throws: IdempotencyReader.Failure.self) { try read("agw1;pci_x;1-18446744073709551615", count: 3) }
        #expect(throws: IdempotencyReader.Failure.self) { try read("agw1;pci_x;1-2", count: 3) }
    }
}

@Suite struct `A token directory` {
    @Test(arguments: [
        "Bearer abc": true, "bearer abc": true, "BEARER  abc": true, "Bearer abd": false, "Bearer": false,
        "Basic abc": false,
        "abc": false, "Bearer abcd": false, "Bearer ": false,
    ])
    func `knows a bearer token by its exact text`(header: String, isKnown: Bool) {
        var directory = TokenDirectory()
        directory.add(
            TokenGrant(name: "t", scopes: [.write], logs: [], restrictions: [:], isDryRun: false),
            secrets: [Array("abc".utf8)]
        )
        #expect((directory.authenticate(header) != nil) == isKnown)
    }
}
