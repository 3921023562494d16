import JSON
import Schema
import Testing

@testable import AuditLog

@Suite struct `The record of an erasure` {
    private func event(_ request: AppendRequest) -> String {
        request.events.withEvent(0) { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `says who erased what and why`() {
        let request = ErasureRecord.request(
            erased: [5, 6, 9],
            of: LogID(rawValue: 1),
            schema: .standard,
            reason: "request 4711",
            actor: "ops",
            now: 0
        )
        #expect(
            event(request)
                == #"{"action":"erase","actor":"ops","message":"3 events were erased: request 4711","target":"5-6,9"}"#
        )
    }

    @Test func `fits a log of another schema, whatever that requires`() {
        let schema = EventSchema(fields: [
            Field(id: "date", kind: .datetime, isRequired: true), Field(id: "type", kind: .string, isRequired: true),
            Field(id: "count", kind: .integer, isRequired: true), Field(id: "is_new", kind: .boolean, isRequired: true),
            Field(id: "target", kind: .string, size: 4), Field(id: "note", kind: .string),
        ])
        let request = ErasureRecord.request(
            erased: [11, 13, 15],
            of: LogID(rawValue: 1),
            schema: schema,
            reason: "r",
            actor: "ops",
            now: 1_660_088_461_111_111
        )
        #expect(
            event(request)
                == #"{"count":0,"date":"2022-08-09T23:41:01.111111Z","is_new":false,"target":"11,…","type":"erase"}"#
        )
    }

    @Test(arguments: [([UInt64](), ""), ([1], "1"), ([1, 2], "1-2"), ([1, 3, 4, 5, 9], "1,3-5,9")])
    func `names sequences as ranges`(sequences: [UInt64], text: String) {
        #expect(ErasureRecord.ranges(sequences) == text)
    }

    private func codes(_ body: String) -> [String] {
        do {
            let read = APIRequestBody()
            try Array(body.utf8).withUnsafeBytes { try read.parse($0) }
            _ = try EraseCall(read, schema: .standard)
            return []
        } catch let refusal as APIRefusal {
            return refusal.problems.map { "\($0.code.rawValue) \($0.source)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test(arguments: [
        (#"{"log":"a","sequences":[1,2],"reason":"r"}"#, [String]()),
        (#"{"log":"a","received_at":"2024-05-06T07:08:09.123456Z","reason":"r","dry_run":true}"#, []),
        (#"{"log":"a","query":"actor:maria","reason":"r"}"#, []),
        (#"{"log":"a"}"#, ["MustProvideOne /sequences", "FieldRequired /reason"]),
        (#"{"log":"a","query":"","reason":""}"#, ["BelowMinLength /query", "BelowMinLength /reason"]),
        (#"{"log":"a","query":"nobody:x","reason":"r"}"#, ["BadFormat /query"]),
        (#"{"log":"a","query":"a","sequences":[1],"reason":"r"}"#, ["MutuallyExclusive /query"]),
        (
            #"{"log":"a","sequences":[0,"x"],"reason":"r"}"#,
            ["InvalidInteger /sequences/0", "InvalidInteger /sequences/1"]
        ),
        (#"{"log":"a","sequences":[],"reason":"r"}"#, ["BelowMinItems /sequences"]),
        (#"{"log":"a","received_at":"14d","reason":"r"}"#, ["BadFormatDateTime /received_at"]),
    ])
    func `is asked for in one way, with a reason`(body: String, expected: [String]) { #expect(codes(body) == expected) }
}
