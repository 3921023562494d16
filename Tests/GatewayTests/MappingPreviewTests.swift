import Mapping
import Schema
import Testing

@testable import Gateway

@Suite struct `A preview of a mapping` {
    @Test(arguments: [
        #"{"jwt": {"header": "t", "algorithms": ["RS256"], "claims": {"aud": {"constant": "audience"}}}}"#,
        #"{"jwt": {"header": "t", "algorithms": ["ES256"], "jwks": "https://keys.example/"}}"#,
        #"{"networks": {"constant": "networks"}}"#, #"{"client_certificate": {"header": "c"}}"#,
        #"{"hmac": {"key_encoding": "hex", "message": ["body"], "signature": {"header": "s"}}}"#,
    ])
    func `needs no secrets, keys or constants`(authenticate: String) throws {
        let text = #"{"vendor": "t", "authenticate": \#(authenticate), "event": {"fields": {"message": "m"}}}"#
        let mapping = try MappingFile.load(bytes: Array(text.utf8), file: "t.json")
        let outcome = MappingPreview(mapping: mapping, schema: .standard)
            .read(body: Array(#"{"m":"a"}"#.utf8), method: "POST", headers: [])
        #expect(outcome.refusal == nil && outcome.records.count == 1)
    }
}
