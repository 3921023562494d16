import Foundation
import Testing

/// Counts the flushes of a gateway's disk from inside: a library that is loaded before the system's own.
private struct FlushCounter {
    private static let program = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdint.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <unistd.h>
        static _Atomic uint64_t *count;
        __attribute__((constructor)) static void begin(void) {
            const char *path = getenv("FLUSH_COUNT");
            int file = path ? open(path, O_RDWR | O_CREAT, 0600) : -1;
            if (file < 0 || ftruncate(file, 8) != 0) return;
            void *place = mmap(0, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            if (place != MAP_FAILED) count = place;
        }
        static int counted(const char *name, int file) {
            int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
            int result = real(file);
            if (count && result == 0) ++*count;
            return result;
        }
        int fdatasync(int file) { return counted("fdatasync", file); }
        int fsync(int file) { return counted("fsync", file); }
        """

    private let folder: TestFolder
    let environment: [String]

    init(in folder: TestFolder) throws {
        self.folder = folder
        try folder.write(FlushCounter.program, to: "flushes.c")
        let built = try Finished.run(
            "/usr/bin/env",
            ["clang", "-shared", "-fPIC", "-O1", "-o", folder.file("flushes.so"), folder.file("flushes.c"), "-ldl"],
            in: folder.path
        )
        #expect(built.status == 0, "\(built.error)")
        environment = ["LD_PRELOAD=\(folder.file("flushes.so"))", "FLUSH_COUNT=\(folder.file("flushes"))"]
    }

    /// How often something was flushed to disk so far.
    var flushes: UInt64 {
        let bytes = FileManager.default.contents(atPath: folder.file("flushes")) ?? Data()
        return bytes.enumerated().reduce(0) { $0 | UInt64($1.element) << (8 * $1.offset) }
    }
}

@Suite(.onOwnThreads) struct `A success` {
    @Test func `is answered only after a flush to disk`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        let counter = try FlushCounter(in: folder)
        var setup = GatewaySetup()
        setup.environment = counter.environment
        let gateway = try GatewayProcess(setup, in: folder)
        defer { gateway.end() }
        let calls: [(Int) throws -> Int] = [
            { try gateway.deliver(Records.auth0(id: "\($0)")).status },
            { try gateway.post("/v1/log", Records.single("\($0)")).status },
            { try gateway.post("/v2/log", Records.bulk(["\($0)"])).status },
            { try gateway.post("/v2/log_async", Records.bulk(["\($0)"])).status },
            { try gateway.deliver("not JSON \($0)").status },
        ]
        for (number, call) in (0..<10).flatMap({ _ in calls }).enumerated() {
            let before = counter.flushes
            let status = try call(number)
            #expect((200..<300).contains(status), "\(number)")
            // The follower's and the copying thread's flushes may add to them, never take away.
            #expect(counter.flushes > before, "request \(number) was answered \(status) without a flush")
        }
    }
}

@Suite(.onOwnThreads) struct `A large body` {
    @Test func `is read in a time that grows with its size, while others are served`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let padding = String(repeating: "x", count: 48 << 20)
        let body = Array(#"[{"log_id":"1","data":{"log_id":"1","type":"s","pad":"\#(padding)"}}]"#.utf8)
        let request = HTTPConnection.bytes("POST", "/in/auth0", [("Authorization", Secrets.auth0)], body: body)
        let connection = try gateway.connect()
        let start = secondsNow()
        let isServed = concurrently(1) { _ in
            var slowest = 0.0
            for _ in 0..<20 {
                let before = secondsNow()
                guard (try? gateway.get("/healthz").status) == 200 else { return -1.0 }
                slowest = max(slowest, secondsNow() - before)
            }
            return slowest
        }
        connection.send(request, within: 30)
        #expect(try connection.answer(within: 30).status == 200)
        // Some copies of the body a second would be enough; copying it for each part of it took minutes.
        #expect(secondsNow() - start < 20)
        #expect((isServed[0] ?? nil).map { $0 >= 0 && $0 < 5 } == true)
        #expect(try gateway.count() == 1)
    }

    @Test func `beside many others is refused before the memory is full, small ones are not`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let head = HTTPConnection.bytes(
            "POST",
            "/in/nobody",
            [("Authorization", "Bearer nobody"), ("Content-Length", "\(60 << 20)")]
        )
        let part = [UInt8](repeating: UInt8(ascii: " "), count: 20 << 20)
        let connections = try (0..<8).map { _ in try gateway.connect() }
        var refused = 0
        for connection in connections {
            connection.send(head)
            connection.send(part, within: 5)
            if let answer = try? connection.answer(within: 0.3), answer.status == 503 {
                #expect(answer["Retry-After"] != nil)
                refused += 1
            }
        }
        #expect(refused >= 4)
        #expect(gateway.residentBytes < 400 << 20)
        #expect(try gateway.deliver(Records.auth0(id: "1")).status == 200)
    }
}
