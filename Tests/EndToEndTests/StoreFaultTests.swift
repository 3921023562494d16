import Foundation
import Testing

@Suite(.onOwnThreads) struct `A store that cannot be written` {
    /// Holds the store's write lock until its end.
    private func lock(_ gateway: GatewayProcess) throws -> ChildProcess {
        let program = """
            import sqlite3, sys, time
            store = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
            store.execute("BEGIN IMMEDIATE")
            open(sys.argv[2], "w").close()
            time.sleep(120)
            """
        let mark = gateway.folder.file("locked")
        let child = try ChildProcess("python3", ["-c", program, gateway.storePath, mark], in: "/")
        let isLocked = eventually { FileManager.default.fileExists(atPath: mark) }
        #expect(isLocked)
        return child
    }

    @Test func `because it is locked is answered 503, and written again without a new start`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", Records.single("before")).status == 200)
        let holder = try lock(gateway)
        defer { holder.end() }
        let cases = [
            ("/v1/log", Records.single("during"), "Bearer \(Secrets.app)"),
            ("/v2/log", Records.bulk(["during"]), "Bearer \(Secrets.app)"),
            ("/v2/log_async", Records.bulk(["during"]), "Bearer \(Secrets.app)"),
            ("/in/auth0", Records.auth0(id: "1", user: "during"), Secrets.auth0),
        ]
        for (path, body, authorization) in cases {
            let answer = try gateway.post(path, body, authorization: authorization)
            #expect(answer.status == 503, "\(path)")
            #expect(Int(answer["retry-after"] ?? "") ?? 0 > 0, "\(path)")
            #expect(path == "/in/auth0" || answer.isEnvelope, "\(path)")
        }
        let readiness = try gateway.get("/readyz")
        #expect(readiness.status == 503)
        #expect(readiness.json["status"].string == "not ready")
        #expect(try gateway.get("/healthz").status == 200)
        holder.end()
        let isBack = try eventually { try gateway.post("/v1/log", Records.single("after")).status == 200 }
        #expect(isBack)
        let isReady = try eventually { try gateway.get("/readyz").status == 200 }
        #expect(isReady)
        #expect(try gateway.deliver(Records.auth0(id: "1", user: "repeated")).status == 200)
        #expect(try gateway.stored() == ["before", "after", "repeated"])
        #expect(try gateway.command("verify").status == 0)
    }

    @Test func `because it is locked becomes ready again without a request`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let holder = try lock(gateway)
        defer { holder.end() }
        #expect(try gateway.post("/v1/log", Records.single("during")).status == 503)
        #expect(try gateway.get("/readyz").status == 503)
        holder.end()
        // A balancer sends nothing to a gateway that is not ready, so it must find out by itself.
        let isReady = try eventually(within: 15) { try gateway.get("/readyz").status == 200 }
        #expect(isReady)
        #expect(try gateway.post("/v1/log", Records.single("after")).status == 200)
    }

    @Test func `lets wait no more than its queue holds`() throws {
        var setup = GatewaySetup()
        setup.limits = #""queue_bytes":"64KiB""#
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let holder = try lock(gateway)
        defer { holder.end() }
        let port = gateway.port
        let names = (0..<200).map { "n\($0)" }
        let headers = [("Authorization", "Bearer \(Secrets.app)")]
        let answers = concurrently(20) { _ -> Int in
            let answer = try? HTTPConnection(port: port)
                .request("POST", "/v2/log", headers, body: Array(Records.bulk(names).utf8))
            return answer?["retry-after"] == nil ? 0 : answer?.status ?? 0
        }
        #expect(answers == [Int?](repeating: 503, count: 20))
        // Some waited for the store; those beyond the queue did not. Clients that a busy machine lets come late find room.
        let refused = try #require(try gateway.metric("audit_gateway_queue_rejections_total"))
        #expect((2..<20).contains(refused))
        holder.end()
        let isBack = try eventually { try gateway.post("/v2/log", Records.bulk(names)).status == 200 }
        #expect(isBack)
        #expect(try gateway.stored() == names)
    }

    @Test func `because the disk is full is answered 503, and written again when there is room`() throws {
        let folder = try TestFolder()
        let disk = folder.file("disk")
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        let mount = try Finished.run("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], in: "/")
        guard mount.status == 0 else {
            print("SKIPPED: a full disk, because this process may not mount one: \(mount.error)")
            return folder.remove()
        }
        defer {
            _ = try? Finished.run("umount", ["-l", disk], in: "/")
            folder.remove()
        }
        var setup = GatewaySetup()
        setup.store = "\(disk)/audit.db"
        let gateway = try GatewayProcess(setup, in: folder)
        defer { gateway.end() }
        var stored: [String] = []
        func log(_ name: String) throws -> Int {
            let long = String(repeating: "x", count: 20_000)
            let status = try gateway.post("/v1/log", #"{"event":{"message":"\#(long)","actor":"\#(name)"}}"#).status
            if status == 200 { stored.append(name) }
            return status
        }
        for number in 0..<5 { #expect(try log("before-\(number)") == 200) }
        // All that is left, and a bit is kept back for nobody.
        _ = try Finished.run("sh", ["-c", "cat /dev/zero > '\(disk)/filler' 2>/dev/null; true"], in: "/")
        var statuses: Set<Int> = []
        let isFull = try eventually {
            statuses.insert(try log("during-\(statuses.count)-\(stored.count)"))
            return statuses.contains(503)
        }
        #expect(isFull)
        #expect(statuses.isSubset(of: [200, 503]))
        let answer = try gateway.deliver(Records.auth0(id: "1"))
        #expect(answer.status == 503)
        #expect(answer["retry-after"] != nil)
        #expect(try gateway.get("/readyz").status == 503)
        #expect(try gateway.get("/healthz").status == 200)
        try FileManager.default.removeItem(atPath: "\(disk)/filler")
        let isBack = try eventually(within: 20) { try log("after-\(stored.count)") == 200 }
        #expect(isBack)
        #expect(try gateway.deliver(Records.auth0(id: "1", user: "repeated")).status == 200)
        #expect(try gateway.stored() == stored + ["repeated"])
        #expect(gateway.stop() == 0)
        #expect(try gateway.command("verify").status == 0)
    }
}
