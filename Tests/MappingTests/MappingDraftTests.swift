import Foundation
import JSON
import Mapping
import Testing

@Suite struct `A drafted mapping` {
    private func draft(
        _ body: String,
        headers: [(name: String, value: String)] = [],
        warnings: Int = 0
    ) throws -> (found: [String: String], mapping: MappingFile, text: String) {
        let draft = try MappingDraft(vendor: "acme", body: Array(body.utf8), headers: headers)
        let checkup = MappingCheckup(bytes: draft.text, file: "acme.json")
        #expect(
            checkup.problems.isEmpty && checkup.warnings.count == warnings,
            "\(checkup.problems)\(checkup.warnings)"
        )
        let mapping = try #require(checkup.mapping)
        let found = draft.findings.compactMap { finding in finding.expression.map { (finding.part, $0) } }
        return (Dictionary(uniqueKeysWithValues: found), mapping, String(decoding: draft.text, as: UTF8.self))
    }

    @Test func `finds the parts of a plain record`() throws {
        let (found, mapping, text) = try draft(
            """
            {"id": "e-1", "created_at": "2026-01-02T03:04:05Z", "action": "user.login", "actor": {"email": "a@x.test"},
             "target": {"name": "door 7"}, "ip_address": "203.0.113.9", "outcome": {"result": "SUCCESS"},
             "tenant_id": "north", "description": "She went in", "client": {"user_agent": "curl"}}
            """
        )
        #expect(found["records"] == nil && found["id"] == "id" && found["timestamp"] == "time(created_at)")
        #expect(found["actor"] == "actor.email" && found["action"] == "action" && found["target"] == "target.name")
        #expect(found["source"] == "ip_address" && found["message"] == "description")
        #expect(found["status"] == "lookup('status', lower(to_string(outcome.result)), 'other')")
        #expect(found["tenant_id"] == "$source.constants.tenant_id || tenant_id")
        #expect(found["user_agent"] == "client.user_agent")
        #expect(mapping.vendor == "acme" && !text.contains("a@x.test") && !text.contains("203.0.113.9"))
    }

    @Test func `finds the array of records below an envelope with an id of its own`() throws {
        let (found, _, _) = try draft(
            """
            {"eventId": "d-1", "eventTime": "2026-01-02T03:04:05Z", "eventType": "push", "data": {"events": [
              {"uuid": "u-1", "published": "2026-01-02T03:04:05Z", "eventType": "user.session.start",
               "actor": {"id": "7", "alternateId": "a@x.test"}, "client": {"ipAddress": "2001:db8::1"},
               "target": [{"alternateId": "app"}]}]}}
            """
        )
        #expect(found["records"] == "data.events" && found["id"] == "uuid" && found["timestamp"] == "time(published)")
        #expect(found["actor"] == "actor.alternateId || actor.id" && found["source"] == "client.ipAddress")
        #expect(found["target"] == "target[0].alternateId")
    }

    @Test func `takes lines, numbers as times, and names that need quotes`() throws {
        let (found, _, _) = try draft(
            """
            {"@timestamp": 1767323045000, "log-id": 12345678901234567, "event_type": "delete", "user_name": "ada", \
            "status_code": 403}
            {"@timestamp": 1767323046000}
            """
        )
        #expect(found["timestamp"] == "time(\"@timestamp\")" && found["id"] == "\"log-id\"")
        #expect(found["status"] == "(status_code >= `400` && 'failure') || 'success'")
        #expect(found["actor"] == "user_name" && found["action"] == "event_type")
    }

    @Test func `takes from headers what the body lacks, but never a secret`() throws {
        let signature = "sha256=" + String(repeating: "0f", count: 32)
        let (found, mapping, text) = try draft(
            #"[{"sender": {"login": "ada"}, "repository": {"full_name": "x/y"}, "zen": 1}]"#,
            headers: [
                ("x-acme-event", "member"), ("x-acme-delivery", "d-1"), ("x-hub-signature-256", signature),
                ("authorization", "Bearer s3cr3t"),
            ],
            // The signature does not cover the id's header.
            warnings: 1
        )
        #expect(found["id"] == "$request.headers.\"x-acme-delivery\"")
        #expect(found["action"] == "$request.headers.\"x-acme-event\"" && found["target"] == "repository.full_name")
        #expect(mapping.authentication.signatures.count == 1 && !text.contains("s3cr3t") && !text.contains("0f0f"))
        let (_, bearer, _) = try draft("{}", headers: [("authorization", "Bearer s3cr3t")])
        #expect(bearer.authentication.secretHeaders == ["authorization"])
        let (_, token, plain) = try draft("[]", headers: [("x-acme-token", "s3cr3t")])
        #expect(token.authentication.secretHeaders == ["x-acme-token"] && !plain.contains("s3cr3t"))
    }

    @Test(arguments: ["", "{", "5", "\"text\"", "a=b&c=d", "<a/>", "\u{0}"])
    func `needs a body of JSON`(body: String) {
        #expect(throws: MappingDraft.Failure.self) {
            try MappingDraft(vendor: "acme", body: Array(body.utf8), headers: [])
        }
    }

    @Test func `needs a name for the vendor`() {
        for name in ["", "Acme", "../x", "a b"] {
            #expect(throws: MappingDraft.Failure.self) {
                try MappingDraft(vendor: name, body: Array("{}".utf8), headers: [])
            }
        }
    }

    @Test func `takes strange names and deep nesting`() throws {
        _ = try draft(#"{"a\"b\\c": {"": {"é\n": "x"}}, "event": "e", "'`": [[[{"id": 1}]]]}"#)
        _ = try draft(String(repeating: #"{"a":"#, count: 40) + "1" + String(repeating: "}", count: 40))
        _ = try draft("{" + (0..<5000).map { "\"id\($0)\": \"203.0.113.1\"" }.joined(separator: ",") + "}")
    }

    @Test func `loads for every sample on this machine`() throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../../shared/vendors/samples").standardized
        let vendors = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        if vendors.isEmpty { print("no samples on this machine: not tested") }
        for vendor in vendors.sorted() where !vendor.contains(".") {
            let place = folder.appending(path: vendor)
            for file in try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
            where file.hasSuffix(".json") && !file.hasSuffix("headers.json") && file != "jwks.json" {
                let body = try [UInt8](Data(contentsOf: place.appending(path: file)))
                let draft = try MappingDraft(vendor: vendor, body: body, headers: [])
                let checkup = MappingCheckup(bytes: draft.text, file: "\(vendor).json")
                #expect(checkup.problems.isEmpty && checkup.warnings.isEmpty, "\(vendor)/\(file)")
            }
        }
    }
}
