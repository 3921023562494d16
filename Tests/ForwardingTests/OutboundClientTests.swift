import Foundation
import Mapping
import Restriction
import Synchronization
import Testing

@testable import Forwarding

@Suite struct `A guarded request` {
    private static let loopback = ["127.0.0.0/8"].compactMap { IPNetwork($0) }

    private func policy(hosts: Set<String> = [], networks: [IPNetwork] = loopback) -> OutboundPolicy {
        var policy = OutboundPolicy()
        policy.hosts = hosts
        policy.networks = networks
        return policy
    }

    private func get(
        _ url: String,
        host: String? = nil,
        policy: OutboundPolicy
    ) async throws -> Result<OutboundReply, OutboundError> {
        let client = try OutboundClient(policy: policy)
        client.start()
        let pattern = try host.map { try #require(HostPattern.compiled($0)) }
        let result = await withCheckedContinuation { continuation in
            client.get(url, host: pattern) { continuation.resume(returning: $0) }
        }
        await client.stop()
        return result
    }

    private func server(_ handler: @escaping @Sendable (TestServer.Request) -> TestServer.Reply) throws -> TestServer {
        try TestServer(handler: handler)
    }

    @Test func `brings what an allowed server says`() async throws {
        let server = try server { .answer(status: $0.method == "GET" ? 200 : 400, body: Array($0.path.utf8)) }
        defer { server.stop() }
        let expected = Result<OutboundReply, OutboundError>.success(
            OutboundReply(status: 200, body: Array("/a?b=1".utf8))
        )
        #expect(try await get(server.url + "/a?b=1", policy: policy()) == expected)
        let name = "http://localhost:\(server.port)/a?b=1"
        #expect(
            try await get(name, host: "LOCAL[a-z]+", policy: policy(hosts: ["localhost"], networks: [])) == expected
        )
    }

    @Test(arguments: [
        "http://127.0.0.1", "https://127.0.0.1", "https://localhost", "http://localhost", "https://0.0.0.0",
        "https://2130706433", "https://0x7f.1", "https://[::1]", "https://[::ffff:127.0.0.1]", "https://127.1",
        "https://169.254.169.254", "http://8.8.8.8",
    ])
    func `goes to nothing private unless the operator names it`(place: String) async throws {
        let server = try server { _ in .answer(status: 200) }
        defer { server.stop() }
        let elsewhere = ["10.0.0.0/8"].compactMap { IPNetwork($0) }
        for policy in [policy(networks: []), policy(hosts: ["other.example"], networks: elsewhere)] {
            guard case .failure(let error) = try await get("\(place):\(server.port)/", policy: policy) else {
                Issue.record("\(place) was asked")
                continue
            }
            #expect(error.code == .forbiddenAddress, "\(error)")
        }
        #expect(server.connectionCount == 0)
    }

    @Test func `follows no redirect`() async throws {
        let paths = Mutex<[String]>([])
        let server = try server { request in
            paths.withLock { $0.append(request.path) }
            return .answer(status: 302, headers: ["Location": "/elsewhere"])
        }
        defer { server.stop() }
        #expect(try await get(server.url + "/", policy: policy()).map(\.status) == .success(302))
        #expect(paths.withLock { $0 } == ["/"])
    }

    @Test func `takes a bounded answer in a bounded time`() async throws {
        let server = try server { request in
            switch request.path {
            case "/whole": .answer(status: 200, body: [UInt8](repeating: 1, count: 64 << 10))
            case "/large": .answer(status: 200, body: [UInt8](repeating: 1, count: (64 << 10) + 1))
            case "/drop": .drop
            default: .hang
            }
        }
        defer { server.stop() }
        #expect(try await get(server.url + "/whole", policy: policy()).map(\.body.count) == .success(64 << 10))
        #expect(try await get(server.url + "/large", policy: policy()).code == .tooLarge)
        #expect(try await get(server.url + "/drop", policy: policy()).code == .failed)
        var impatient = policy()
        impatient.timeLimit = .milliseconds(200)
        let start = ContinuousClock.now
        #expect(try await get(server.url + "/hang", policy: impatient).code == .failed)
        #expect(ContinuousClock.now - start < .seconds(4))
    }

    @Test(arguments: [
        ("127\\.0\\.0\\.1", true), ("127", false), ("27.0.0.1", false), ("127.0.0.1.evil.example", false),
        ("evil|127.0.0.1", true), ("", false),
    ])
    func `goes to hosts that a pattern matches as a whole`(pattern: String, isAllowed: Bool) async throws {
        let server = try server { _ in .answer(status: 200) }
        defer { server.stop() }
        let result = try await get(server.url, host: pattern, policy: policy())
        #expect(result.code == (isAllowed ? nil : .forbiddenHost))
        #expect(server.connectionCount == (isAllowed ? 1 : 0))
    }

    @Test(arguments: [
        "", "x", "/path", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "https://",
        "https://user@example.com/", "https://user:word@example.com/", "https://a b/", "https://example.com/\u{0}",
        "https://example.com/\r\nx: y", "https://exämple.com/", "https://" + String(repeating: "a", count: 3000),
        "https://evil.example\\@127.0.0.1/", "javascript:alert(1)", "https://127.0.0.1:99999/",
    ])
    func `needs a plain URL`(url: String) async throws {
        #expect(try await get(url, policy: policy()).code == .unusableURL, "\(url)")
    }

    @Test func `waits among few, and each ends once`() async throws {
        let server = try server { _ in .hang }
        defer { server.stop() }
        var policy = policy()
        policy.connections = 2
        policy.timeLimit = .seconds(3600)
        policy.maximumWait = .seconds(3600)
        policy.maximumWaiting = 3
        let client = try OutboundClient(policy: policy)
        let codes = Mutex<[OutboundError.Code]>([])
        // Not started yet: all of them wait.
        for _ in 0..<5 {
            client.get(server.url, host: nil) { result in
                if case .failure(let error) = result { codes.withLock { $0.append(error.code) } }
            }
        }
        #expect(codes.withLock { $0 } == [.busy, .busy])
        client.start()
        while server.connectionCount < 2 { try await Task.sleep(for: .milliseconds(5)) }
        await client.stop()
        #expect(codes.withLock { $0 } == [.busy, .busy, .stopped, .stopped, .stopped])
        client.get(server.url, host: nil) { result in
            codes.withLock { $0.append(result == .failure(.stopped) ? .stopped : .busy) }
        }
        #expect(codes.withLock { $0.count } == 6)
        await client.stop()
    }

    @Test func `that others keep waiting is given up in time`() async throws {
        let server = try server { _ in .hang }
        defer { server.stop() }
        var policy = policy()
        policy.connections = 2
        policy.timeLimit = .milliseconds(300)
        policy.maximumWait = .milliseconds(300)
        policy.maximumWaiting = 64
        let client = try OutboundClient(policy: policy)
        client.start()
        let start = ContinuousClock.now
        // One after the other they would take 21 times the time of one. The client's own thread looks at the clock: whoever
        // waits for it here may be woken late.
        let ends = Mutex<[(code: OutboundError.Code?, at: ContinuousClock.Instant)]>([])
        for _ in 0..<42 {
            client.get(server.url, host: nil) { result in
                ends.withLock { $0.append((result.code, ContinuousClock.now)) }
            }
        }
        while ends.withLock({ $0.count }) < 42 { try await Task.sleep(for: .milliseconds(5)) }
        let codes = ends.withLock { $0.map(\.code) }
        let last = ends.withLock { $0.map(\.at).max() } ?? start
        #expect(last - start < .seconds(4))
        let failed = codes.count { $0 == .failed }
        #expect(failed >= 2 && failed < 42)
        #expect(codes.count { $0 == .busy } == 42 - failed)
        #expect(server.connectionCount <= failed)
        await client.stop()
    }

    @Test func `that waits gets its turn`() async throws {
        let server = try server { _ in .answer(status: 200) }
        defer { server.stop() }
        var policy = policy()
        policy.connections = 1
        let client = try OutboundClient(policy: policy)
        client.start()
        let statuses = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        client.get(server.url, host: nil) { continuation.resume(returning: try? $0.get().status) }
                    }
                }
            }
            return await group.reduce(into: [Int?]()) { $0.append($1) }
        }
        #expect(statuses == [Int?](repeating: 200, count: 20))
        await client.stop()
    }
}

extension Result where Failure == OutboundError {
    /// Why there is no answer; nil when there is one.
    fileprivate var code: OutboundError.Code? { if case .failure(let error) = self { error.code } else { nil } }
}
