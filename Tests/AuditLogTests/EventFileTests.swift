import JSON
import Schema
import Testing

@testable import AuditLog

@Suite struct `A file of events` {
    private let schema = EventSchema(fields: [
        Field(id: "message", kind: .string, isRequired: true), Field(id: "actor", kind: .string),
        Field(id: "count", kind: .integer), Field(id: "is_new", kind: .boolean),
    ])

    private func event(_ text: String, signature: ClientSignature? = nil) -> StoredEvent {
        StoredEvent(
            sequence: 1,
            receivedAt: 1_660_088_461_111_111,
            event: Array(text.utf8),
            signature: signature,
            hash: [UInt8](repeating: 0xAB, count: 32)
        )
    }

    private func text(_ format: ExportFormat, verbose: Bool, _ events: [(StoredEvent, EventProof?)]) -> String {
        var writer = EventFileWriter(format, schema: schema, isVerbose: verbose)
        writer.begin()
        for (event, proof) in events { writer.append(event, proof: proof) }
        return String(decoding: writer.text.bytes, as: UTF8.self)
    }

    private let hash = String(repeating: "ab", count: 32)

    @Test func `in CSV has a header, quotes where they are needed, and empty cells for what is absent`() {
        let rows = text(
            .csv,
            verbose: false,
            [
                (event(#"{"actor":"maria","count":-3,"is_new":true,"message":"a, \"b\"\nc"}"#), nil),
                (
                    event(
                        #"{"message":"=1+1"}"#,
                        signature: ClientSignature(signature: Array("c2ln".utf8), publicKey: nil)
                    ), nil
                ),
            ]
        )
        #expect(
            rows == "received_at,message,actor,count,is_new,signature,public_key,hash\r\n"
                + "2022-08-09T23:41:01.111111Z,\"a, \"\"b\"\"\nc\",maria,-3,true,,,\(hash)\r\n"
                + "2022-08-09T23:41:01.111111Z,=1+1,,,,c2ln,,\(hash)\r\n"
        )
    }

    @Test func `in CSV has the proof in columns of its own when it is verbose`() {
        let rows = text(
            .csv,
            verbose: true,
            [
                (event(#"{"message":"a"}"#), EventProof(leafIndex: 7, path: [])),
                (event(#"{"message":"b"}"#), EventProof(leafIndex: nil, path: [])),
            ]
        ).split(separator: "\r\n")
        #expect(rows[0].hasSuffix(",hash,published,leaf_index,membership_proof"))
        #expect(rows[1].hasSuffix(",\(hash),true,7,"))
        #expect(rows[2].hasSuffix(",\(hash),false,,"))
    }

    @Test func `shows no hash and no proof of a log that is not tamper proof`() {
        let schema = EventSchema(fields: [Field(id: "message", kind: .string)], isTamperProof: false)
        for (format, expected) in [
            (ExportFormat.csv, "received_at,message,signature,public_key\r\n2022-08-09T23:41:01.111111Z,a,,\r\n"),
            (.json, #"{"envelope":{"event":{"message":"a"},"received_at":"2022-08-09T23:41:01.111111Z"}}"# + "\n"),
        ] {
            var writer = EventFileWriter(format, schema: schema, isVerbose: true)
            writer.begin()
            writer.append(event(#"{"message":"a"}"#), proof: EventProof(leafIndex: 1, path: []))
            #expect(String(decoding: writer.text.bytes, as: UTF8.self) == expected)
        }
    }

    @Test func `in JSON has an object a line`() {
        let lines = text(
            .json,
            verbose: true,
            [
                (event("{\"message\":\"a\u{2028}b\"}"), EventProof(leafIndex: 2, path: [])),
                (event(#"{"message":"c"}"#), nil),
            ]
        )
        #expect(
            lines
                == #"{"envelope":{"event":{"message":"a"# + "\u{2028}"
                + #"b"},"received_at":"2022-08-09T23:41:01.111111Z"},"hash":"\#(hash)","leaf_index":2,"membership_proof":"","published":true}"#
                + "\n"
                + #"{"envelope":{"event":{"message":"c"},"received_at":"2022-08-09T23:41:01.111111Z"},"hash":"\#(hash)"}"#
                + "\n"
        )
    }

    @Test func `is sorted by keys that compare as searches do`() throws {
        let keys = try #require(EventSortKeys(field: "count", of: schema))
        let numbers: [Int64] = [.min, -5, -1, 0, 1, 255, 256, .max]
        let sorted =
            [keys.key(of: event(#"{"message":"none"}"#))] + numbers.map { keys.key(of: event(#"{"count":\#($0)}"#)) }
        for (lower, greater) in zip(sorted, sorted.dropFirst()) { #expect(lower.lexicographicallyPrecedes(greater)) }
        #expect(EventSortKeys(field: "nobody", of: schema) == nil)
    }
}

@Suite struct `A request for a file` {
    private func download(_ body: String) throws -> DownloadCall {
        let read = APIRequestBody()
        try Array(body.utf8).withUnsafeBytes { try read.parse($0) }
        return try DownloadCall(read)
    }

    private func export(_ body: String) throws -> ExportCall {
        let read = APIRequestBody()
        try Array(body.utf8).withUnsafeBytes { try read.parse($0) }
        return try ExportCall(read, schema: .standard, now: 1_700_000_000_000_000)
    }

    private func codes(_ body: () throws -> Void) -> [String] {
        do {
            try body()
            return []
        } catch let refusal as APIRefusal {
            return refusal.problems.map { "\($0.code.rawValue) \($0.source)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `names exactly one search or export`() throws {
        #expect(try download(#"{"result_id":"pas_a"}"#).subject == .search("pas_a"))
        #expect(try download(#"{"request_id":"prq_a","format":"json"}"#).format == .json)
        #expect(codes { _ = try download("{}") } == ["MustProvideOne /result_id"])
        #expect(codes { _ = try download(#"{"result_id":"a","request_id":"b"}"#) } == ["MutuallyExclusive /request_id"])
        #expect(codes { _ = try download(#"{"result_id":7}"#) } == ["InvalidString /result_id"])
        #expect(codes { _ = try download(#"{"result_id":"a","format":"xml"}"#) } == ["NotEnumMember /format"])
    }

    @Test func `exports everything, newest first, as verbose CSV by itself`() throws {
        let call = try export("{}")
        #expect(call.format == .csv && call.isVerbose && call.isDescending && call.orderField == nil)
        #expect(call.receivedAt == .min ... .max)
        let other = try export(
            #"{"format":"json","start":"1d","end":"2023-11-14T00:00:00Z","order":"asc","order_by":"actor","verbose":false}"#
        )
        #expect(other.format == .json && !other.isVerbose && !other.isDescending && other.orderField == "actor")
        #expect(other.receivedAt == 1_699_913_600_000_000...1_699_920_000_000_000)
        #expect(try export(#"{"start":"0d","end":"1d"}"#).receivedAt == nil)
    }

    @Test func `is told every problem at once`() {
        let problems = codes {
            _ = try export(#"{"format":"pdf","start":"soon","order":"up","order_by":"nobody","query":"","verbose":1}"#)
        }
        #expect(
            Set(problems) == [
                "NotEnumMember /format", "BadFormatDateTime /start", "NotEnumMember /order", "NotEnumMember /order_by",
                "UnexpectedProperty /query", "InvalidBool /verbose",
            ]
        )
    }
}
