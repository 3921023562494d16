import AuditLog
import CCurl
import Foundation
import Logging
import Telemetry
import Testing

@testable import Forwarding

@Suite(.timeLimit(.minutes(2))) struct `A connection to a sink` {
    private static func options(_ name: String, _ url: String) -> SinkOptions {
        var options = SinkOptions(
            name: name,
            log: LogID(rawValue: 1),
            configurationID: "pci_sender",
            url: url,
            tokens: [BearerToken("first-token")]
        )
        options.linger = .milliseconds(1)
        return options
    }

    // In a process of its own, for the environment belongs to all tests.
    @Test func `does not keep other sinks waiting while a name is looked up`() async {
        await #expect(processExitsWith: .success) {
            // The resolver looks for aliases of a name without dots in this file first. Nobody ever writes to this one,
            // so that opening it takes as long as a name server that says nothing.
            let aliases = "\(NSTemporaryDirectory())aliases-\(getpid())"
            defer { unlink(aliases) }
            #expect(mkfifo(aliases, 0o600) == 0)
            setenv("HOSTALIASES", aliases, 1)
            let sink = try RecordingSink()
            let log = MemoryLog()
            log.append(10)
            var silent = Self.options("silent", "http://silent:9")
            silent.connectTimeout = .milliseconds(100)
            let forwarder = try Forwarder(
                sinks: [silent, Self.options("test", sink.server.url)],
                log: log,
                metrics: MetricsRegistry(describesProcess: false),
                logger: Logger(label: "test") { _ in LogLines() }
            )
            forwarder.start()
            try await eventually("the silent sink's time was not over") { forwarder.statuses()[0].state == .retrying }
            log.append(10)
            forwarder.notifyAppended()
            try await eventually("the other sink got nothing") { log.cursor(of: "test") == 20 }
            await forwarder.stop(within: .seconds(1))
        }
    }

    @Test func `does not use the environment's proxy`() async {
        await #expect(processExitsWith: .success) {
            let proxy = try RecordingSink()
            for name in ["http_proxy", "all_proxy"] { setenv(name, proxy.server.url, 1) }
            for name in ["no_proxy", "NO_PROXY"] { unsetenv(name) }
            let sink = try RecordingSink()
            let log = MemoryLog()
            log.append(10)
            let rig = try Rig(log, to: sink.server.url)
            try await rig.waitForCursor(10)
            await rig.stop()
            #expect(try SingleRequest(method: "GET", url: sink.server.url).send().status == 200)
            #expect(sink.requests.count == 2)
            #expect(proxy.requests.isEmpty)
        }
    }

    @Test func `trusts the authorities in the operator's file alone`() async throws {
        let file = "\(NSTemporaryDirectory())authorities-\(UUID().uuidString).pem"
        defer { unlink(file) }
        try Data(Self.authority.utf8).write(to: URL(fileURLWithPath: file))
        // It never says hello, but libcurl tells what it trusts before it says its own.
        let server = try TestServer { _ in .drop }
        defer { server.stop() }
        let address = "https://127.0.0.1:\(server.port)"
        var options = Self.options("test", address)
        options.authoritiesFile = file
        let multi = try CurlMulti()
        let follower = Follower(
            options: options,
            log: MemoryLog(),
            multi: multi,
            board: StatusBoard(SinkStatus(name: "test")),
            metrics: SinkMetrics(registry: MetricsRegistry(describesProcess: false), sink: "test"),
            logger: Logger(label: "test") { _ in LogLines() },
            now: .now,
            chance: { 0 }
        )
        let transfer = try Transfer(follower: follower)
        let told = try #require(tmpfile())
        defer { fclose(told) }
        #expect(ccurl_set_pointer(transfer.handle, CURLOPT_STDERR, UnsafeMutableRawPointer(told)) == CURLE_OK)
        #expect(ccurl_set_long(transfer.handle, CURLOPT_VERBOSE, 1) == CURLE_OK)
        transfer.prepareGet(of: address, headers: [])
        multi.add(transfer.handle)
        defer { multi.remove(transfer.handle) }
        var text = ""
        try await eventually("libcurl did not tell what it trusts") {
            multi.perform()
            fflush(told)
            var bytes = [UInt8](repeating: 0, count: 16 << 10)
            text = String(decoding: bytes[..<max(0, pread(fileno(told), &bytes, bytes.count, 0))], as: UTF8.self)
            return text.contains("CAfile: \(file)")
        }
        #expect(!text.contains("CApath: /"), "\(text)")
        withExtendedLifetime(follower) {}
    }

    private static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBiTCCAS+gAwIBAgIUbcdPivd8sIiwGCowkpeLg5W1ItIwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI1MDI1OTAwWhgPMjEy
        NjExMDEwMjU5MDBaMBkxFzAVBgNVBAMMDnRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEAL4A7J2ZjOdOukMWbdsodEeCKBJ7ysp6cvxBnTiF
        eNTnPYZOXVgD0aQw+ZSVIKw7vLnUO9v4LmEwlO9VkwNb4qNTMFEwHQYDVR0OBBYE
        FOZnJK5+0t21LqcsCSfboRmWQfMuMB8GA1UdIwQYMBaAFOZnJK5+0t21LqcsCSfb
        oRmWQfMuMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgAqMWMNi8
        ZDonuq22MQZT/TDrLl114nrNcUmnMErLzJwCIQCqk+kWkcDPmkDdgPeYhu38M+3u
        S+KpL5Eimpv9qBGbZw==
        -----END CERTIFICATE-----

        """
}
