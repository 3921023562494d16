import Foundation
import Glibc

/// A real gateway, started as a child process on loopback with a folder of its own.
///
/// Whoever starts one ends it: `defer { gateway.end() }`.
final class GatewayProcess: @unchecked Sendable {
    struct StartError: Error, CustomStringConvertible {
        let description: String
    }

    /// A request that ended otherwise than with an answer.
    struct RequestError: Error, CustomStringConvertible {
        let description: String
    }

    let folder: TestFolder
    // Changed by the test's own thread, while no other uses the gateway.
    var setup: GatewaySetup
    private(set) var port: UInt16 = 0
    private var child: ChildProcess
    private let isFolderOwned: Bool

    /// Starts a gateway and waits until it answers.
    init(_ setup: GatewaySetup = GatewaySetup(), in folder: TestFolder? = nil) throws {
        self.setup = setup
        isFolderOwned = folder == nil
        self.folder = try folder ?? TestFolder()
        child = try GatewayProcess.launch(setup, self.folder)
        try waitUntilReady()
    }

    private static func launch(_ setup: GatewaySetup, _ folder: TestFolder) throws -> ChildProcess {
        try folder.write(setup.text, to: "audit-gateway.json")
        try? FileManager.default.removeItem(atPath: folder.file("log"))
        return try ChildProcess(
            Executable.path(),
            ["serve", "--config", folder.file("audit-gateway.json")],
            in: folder.path,
            output: folder.file("log"),
            error: folder.file("log"),
            environment: setup.environment
        )
    }

    private func waitUntilReady() throws {
        let isReady = eventually(within: 30) {
            guard child.wait(within: 0) == nil else { return true }
            guard let port = announcedPort() else { return false }
            self.port = port
            return (try? get("/healthz").status) == 200
        }
        guard isReady, child.wait(within: 0) == nil, port != 0 else {
            child.end()
            throw StartError(description: "the gateway did not start:\n\(log)")
        }
    }

    private func announcedPort() -> UInt16? {
        for line in log.split(separator: "\n") where line.contains(" gateway: Accepting connections ") {
            guard let url = line.firstRange(of: " address=127.0.0.1:") else { continue }
            return UInt16(line[url.upperBound...].prefix { $0.isNumber })
        }
        return nil
    }

    /// What it wrote since its last start.
    var log: String { folder.text(of: "log") }

    var residentBytes: Int { child.residentBytes ?? 0 }
    /// The most that it ever had in memory.
    var peakBytes: Int { child.peakBytes ?? 0 }
    var isRunning: Bool { child.wait(within: 0) == nil }
    var storePath: String { setup.store.hasPrefix("/") ? setup.store : folder.file(setup.store) }
    var url: String { "http://127.0.0.1:\(port)" }

    // MARK: - Ends and new starts

    /// Ends it as a failing machine would: at once.
    func kill() {
        child.signal(SIGKILL)
        _ = child.wait(within: 10)
    }

    func terminate() { child.signal(SIGTERM) }

    /// Asks it to stop and waits; nil when it does not.
    func stop(within seconds: Double = 30) -> Int32? {
        terminate()
        return child.wait(within: seconds)
    }

    func waitForEnd(within seconds: Double) -> Int32? { child.wait(within: seconds) }

    /// Starts it again on the same folder, with ``setup`` as it is now.
    func start() throws {
        child.end()
        child = try GatewayProcess.launch(setup, folder)
        try waitUntilReady()
    }

    /// Kills it and removes what is its own.
    func end() {
        child.end()
        if isFolderOwned { folder.remove() }
    }
}

// MARK: - Talking to it

extension GatewayProcess {
    func connect() throws -> HTTPConnection { try HTTPConnection(port: port) }

    func get(_ path: String, _ headers: [(String, String)] = []) throws -> HTTPMessage {
        try request("GET", path, headers)
    }

    private func request(
        _ method: String,
        _ path: String,
        _ headers: [(String, String)],
        body: [UInt8]? = nil
    ) throws -> HTTPMessage {
        do {
            return try connect().request(method, path, headers, body: body)
        } catch let error as ConnectionError {
            let status = child.wait(within: 0).map { "ended with \($0)" } ?? "still runs"
            throw RequestError(description: "\(method) \(path): \(error); the gateway \(status):\n\(log.suffix(4000))")
        }
    }

    /// Posts on a connection of its own.
    func post(
        _ path: String,
        _ body: [UInt8],
        authorization: String? = "Bearer \(Secrets.app)",
        _ headers: [(String, String)] = []
    ) throws -> HTTPMessage {
        let credentials = authorization.map { [("Authorization", $0)] } ?? []
        return try request("POST", path, credentials + headers, body: body)
    }

    func post(
        _ path: String,
        _ body: String,
        authorization: String? = "Bearer \(Secrets.app)",
        _ headers: [(String, String)] = []
    ) throws -> HTTPMessage {
        try post(path, Array(body.utf8), authorization: authorization, headers)
    }

    /// A delivery as Auth0 makes it.
    func deliver(_ body: [UInt8], _ headers: [(String, String)] = []) throws -> HTTPMessage {
        try post("/in/auth0", body, authorization: Secrets.auth0, headers)
    }

    func deliver(_ body: String, _ headers: [(String, String)] = []) throws -> HTTPMessage {
        try deliver(Array(body.utf8), headers)
    }

    /// The result of a search; `members` are more of the request's.
    func search(_ query: String = "", _ members: String = "", token: String = Secrets.app) throws -> JSON {
        let more = members.isEmpty ? "" : "," + members
        let body = #"{"query":\#(JSON.quoted(query))\#(more)}"#
        return try post("/v1/search", body, authorization: "Bearer \(token)").json["result"]
    }

    /// How many events a query finds; nil when it fails.
    func count(_ query: String = "", token: String = Secrets.app) throws -> Int? {
        try search(query, #""limit":1"#, token: token)["count"].int
    }

    /// The sum of a metric over those of its series that hold all the given labels; nil without any.
    func metric(_ name: String, _ labels: String...) throws -> Double? {
        let lines = try get("/metrics").text.split(separator: "\n").filter { line in
            (line.hasPrefix("\(name){") || line.hasPrefix("\(name) ")) && labels.allSatisfy { line.contains($0) }
        }
        guard !lines.isEmpty else { return nil }
        return lines.reduce(0) { $0 + ($1.split(separator: " ").last.flatMap { Double($0) } ?? 0) }
    }

    /// Runs another command of the executable on this gateway's configuration.
    func command(_ arguments: String..., input: String = "") throws -> Finished {
        try Finished.run(
            Executable.path(),
            arguments + ["--config", folder.file("audit-gateway.json")],
            in: folder.path,
            input: Array(input.utf8)
        )
    }
}

// MARK: - Its store

extension GatewayProcess {
    /// A field of every stored event, read from the file itself; events without it are left out.
    func stored(_ field: String = "actor") throws -> [String] {
        let program = """
            import json, sqlite3, sys
            store = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True, timeout=30)
            for (event,) in store.execute("SELECT event FROM event ORDER BY id"):
                value = json.loads(event).get(sys.argv[2])
                if value is not None: print(value)
            """
        let finished = try Finished.python(program, [storePath, field])
        guard finished.status == 0 else { throw StartError(description: finished.error) }
        return finished.output.split(separator: "\n").map(String.init)
    }
}
