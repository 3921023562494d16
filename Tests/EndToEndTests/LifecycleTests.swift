import Foundation
import Testing

@Suite(.onOwnThreads) struct `A gateway's life` {
    @Test func `excludes a second process on the same folder, which says why`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let second = try gateway.command("serve", "--port", "0")
        #expect(second.status == 2)
        #expect(second.error.contains("in use by another audit-gateway"))
        #expect(second.error.contains("data"))
        #expect(try gateway.post("/v1/log", Records.single("a")).status == 200)
        // The lock ends with its holder, however that ends.
        gateway.kill()
        try gateway.start()
        #expect(try gateway.count() == 1)
    }

    @Test func `may share its store with commands that read`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", Records.single("a")).status == 200)
        #expect(try gateway.command("search", "actor:a").output.contains(#""actor":"a""#))
        #expect(try gateway.command("verify").status == 0)
        #expect(try gateway.post("/v1/log", Records.single("b")).status == 200)
    }

    @Test func `ends at SIGTERM with all that it accepted on disk`() throws {
        var setup = GatewaySetup()
        setup.port = try Socket.steadyPort()
        setup.limits = #""shutdown_timeout":"10s""#
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let port = gateway.port
        let acknowledged = Collected<String>()
        let strange = Collected<Int>()
        let isOver = Flag()
        let headers = [("Authorization", "Bearer \(Secrets.app)")]
        for client in 0..<8 {
            Thread {
                guard let connection = try? HTTPConnection(port: port) else { return }
                var number = 0
                while !isOver.isRaised {
                    let names = (0..<20).map { "\(client)-\(number)-\($0)" }
                    number += 1
                    guard
                        let answer = try? connection.request(
                            "POST",
                            "/v2/log",
                            headers,
                            body: Array(Records.bulk(names).utf8)
                        )
                    else { return }
                    if answer.status == 200 {
                        acknowledged.append(contentsOf: names)
                    } else if answer.status != 503 {
                        strange.append(answer.status)
                    }
                    if answer["connection"]?.lowercased() == "close" { return }
                }
            }.start()
        }
        let isBusy = eventually { acknowledged.count > 200 }
        #expect(isBusy)
        // A request that is whole before the signal is answered.
        let last = try gateway.connect()
        last.send(HTTPConnection.bytes("POST", "/v1/log", headers, body: Array(Records.single("last").utf8)))
        Thread.sleep(forTimeInterval: 0.005)
        let start = secondsNow()
        gateway.terminate()
        let answer = try? last.answer()
        let status = gateway.waitForEnd(within: 20)
        print("Stopped \(Int((secondsNow() - start) * 1000)) ms after SIGTERM, with status \(status ?? -1)")
        isOver.raise()
        #expect(status == 0)
        #expect(secondsNow() - start < 12)
        #expect(answer?.status == 200)
        #expect(strange.all.isEmpty)
        let stored = try gateway.stored()
        #expect(Set(stored).count == stored.count)
        let lost = Set(acknowledged.all + ["last"]).subtracting(stored)
        #expect(lost.isEmpty)
        #expect(try gateway.command("verify").status == 0)
        try gateway.start()
        #expect(try gateway.post("/v1/log", Records.single("afterwards")).status == 200)
    }

    @Test func `answers what comes on an open connection right after SIGTERM, whole`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let requests = [
            HTTPConnection.bytes("GET", "/healthz"),
            HTTPConnection.bytes("POST", "/v1/search", [("Authorization", "Bearer \(Secrets.app)")], body: [123, 125]),
            HTTPConnection.bytes(
                "POST",
                "/v1/log",
                [("Authorization", "Bearer \(Secrets.app)")],
                body: Array(Records.single("late").utf8)
            ),
        ]
        let connections = try requests.map { _ in try gateway.connect() }
        for connection in connections { _ = try connection.request("GET", "/healthz") }
        let start = secondsNow()
        gateway.terminate()
        // Past the moment when idle connections are closed, well before the end of their last call.
        Thread.sleep(forTimeInterval: 0.02)
        for (connection, request) in zip(connections, requests) { connection.send(request) }
        // On a machine too busy to keep to that there is nothing to be seen.
        let isInTime = secondsNow() - start < 0.06
        let answers = zip(connections, ["GET", "POST", "POST"]).map { try? $0.answer(to: $1) }
        #expect(gateway.waitForEnd(within: 20) == 0)
        guard isInTime else { return print("SKIPPED: the machine was too busy to send in time") }
        #expect(answers[0]?.status == 200)
        #expect(answers[0]?["connection"] == "close")
        // A search may come too late for the store, an answer there is.
        #expect(answers[1]?.isEnvelope == true)
        #expect(answers[2]?.status == 200)
    }

    @Test func `ends at SIGTERM also beside clients that never finish`() throws {
        var setup = GatewaySetup()
        setup.limits = #""shutdown_timeout":"3s""#
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let idle = try gateway.connect()
        _ = try idle.request("GET", "/healthz")
        let half = try gateway.connect()
        half.send("POST /v1/log HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        let head = try gateway.connect()
        head.send("POST /v1/l")
        let asked = try gateway.connect()
        asked.send("POST /v1/search HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        // Until the gateway has seen all of it.
        Thread.sleep(forTimeInterval: 0.2)
        let start = secondsNow()
        #expect(gateway.stop(within: 20) == 0)
        #expect(secondsNow() - start < 10)
    }

    @Test func `ends at SIGINT as at SIGTERM, and says so in its log`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(gateway.stop() == 0)
        #expect(gateway.log.contains("info gateway: Stopped"))
    }

    @Test func `begins with a configuration of its own where there is none`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        let child = try ChildProcess(
            Executable.path(),
            ["serve", "--port", "0"],
            in: folder.path,
            output: folder.file("log"),
            error: folder.file("log")
        )
        defer { child.end() }
        let isUp = eventually(within: 30) { folder.text(of: "log").contains("curl -i http://127.0.0.1:") }
        #expect(isUp, "\(folder.text(of: "log"))")
        // The line that it shows works as it stands.
        let log = folder.text(of: "log")
        let command =
            log[try #require(log.firstRange(of: "curl -i")).lowerBound...]
            .prefix { $0 != "\n" } + log[try #require(log.firstRange(of: "-d '[")).lowerBound...].prefix { $0 != "\n" }
        let shown = try Finished.run("sh", ["-c", String(command).replacing("\\", with: " ")], in: folder.path)
        #expect(shown.output.hasPrefix("HTTP/1.1 200"), "\(shown.output) \(shown.error)")
        let found = try Finished.run(Executable.path(), ["search", "actor:maria"], in: folder.path)
        #expect(found.output.contains("maria@example.com"))
        child.signal(15)
        #expect(child.wait(within: 30) == 0)
    }
}
