import Foundation
import Testing

@Suite(.onOwnThreads) struct `A secret inside of a body` {
    private static let secret = "kR7/vQ2xZp9+Tn4mWc8yLb3sHf6dJg1A"
    /// Stands beside it in the records and in no field: where it is found, the secret would be found as well.
    private static let marker = "Xw5uEo0iVa2-Mq9_Kt7zBn4rCy8hPl6S"

    private static let mapping = #"""
        {"vendor": "t", "authenticate": {"secret": {"item": "value[].state"}}, "framing": {"records": "value"},
         "event": {"fields": {"message": "m", "new": "json(omit(@, ['mark']))", "actor": "who"}}}
        """#

    /// The bytes of every file of the data folder together.
    private func stored(_ folder: TestFolder) throws -> Data {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.file("data"))
        return files.sorted().reduce(into: Data()) { all, name in
            all.append(FileManager.default.contents(atPath: folder.file("data/\(name)")) ?? Data())
        }
    }

    @Test func `is in no file of the store`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        try FileManager.default.createDirectory(atPath: folder.file("maps"), withIntermediateDirectories: true)
        try folder.write(Self.mapping, to: "maps/t.json")
        var setup = GatewaySetup()
        setup.mappings = folder.file("maps")
        setup.sources = [GatewaySetup.source("t", mapping: "t", ["secret": Self.secret])]
        let gateway = try GatewayProcess(setup, in: folder)
        defer { gateway.end() }
        func post(_ records: String...) throws -> Int {
            try gateway.post("/in/t", #"{"value":[\#(records.joined(separator: ","))]}"#, authorization: nil).status
        }
        let escaped = Self.secret.replacing("/", with: "\\/")
        let good = #"{"state":"\#(Self.secret)","mark":"\#(Self.marker)","m":"a"}"#
        #expect(try post(good) == 200)
        #expect(try post(good.replacing(#""a""#, with: #""b""#), good.replacing(Self.secret, with: escaped)) == 200)
        // One goes to quarantine: it has no message.
        #expect(try post(good.replacing(#""a""#, with: "null"), good.replacing(#""a""#, with: #""c""#)) == 200)
        #expect(try post(good.replacing(Self.secret, with: "wrong")) == 401)
        #expect(try gateway.count() == 4)
        #expect(try gateway.metric("audit_gateway_quarantine_entries_total", #"cause="unmapped""#) == 1)

        gateway.kill()
        for _ in 0..<2 {
            let bytes = try stored(folder)
            #expect(bytes.range(of: Data(Self.marker.utf8)) != nil)
            #expect(bytes.range(of: Data(Self.secret.utf8)) == nil)
            #expect(bytes.range(of: Data(escaped.utf8)) == nil)
            #expect(bytes.range(of: Data(String(repeating: "*", count: 32).utf8)) != nil)
            try gateway.start()
            _ = gateway.stop()
        }
        #expect(!gateway.log.contains(Self.secret))
    }
}
