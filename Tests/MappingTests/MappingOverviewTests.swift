import Foundation
import JSON
import Testing

@testable import Mapping

@Suite struct `The overview of the mappings` {
    private let folder = URL(filePath: #filePath).appending(path: "../../../Mappings").standardized.path

    @Test func `is what lies beside them: write it with 'mappings list --markdown'`() throws {
        let page = try String(contentsOfFile: "\(folder)/README.md", encoding: .utf8)
        #expect(page == MappingOverview.markdown(MappingOverview.list(folder: folder)))
    }

    @Test func `has every mapping with its fixtures`() {
        let overviews = MappingOverview.list(folder: folder)
        #expect(overviews.map(\.name) == MappingLibrary.load(folder: folder).mappings.keys.sorted())
        #expect(overviews.allSatisfy { !$0.proof.isEmpty && !$0.fixtures.isEmpty && $0.documentation != nil })
    }

    @Test(arguments: [
        (#""none""#, "nothing: anyone may send"),
        (#"{"secret": {"header": "a", "scheme": "Bearer"}}"#, "a secret in `a` behind `Bearer`"),
        (#"{"secret": {"query": "code"}}"#, "a secret in the query as `code`"),
        (#"{"secret": {"path": true}}"#, "a secret in the path"),
        (#"{"secret": {"item": "value[].clientState"}}"#, "a secret in the body"),
        (#"{"basic": {"user": "x"}}"#, "a password (Basic) of the user `x`"),
        (
            #"{"hmac": {"message": ["body"], "signature": {"headers": ["a", "b"]}, "timestamp": {}}}"#,
            "an HMAC (sha256) in `a`, `b` and its time"
        ),
        (#"{"hash": {"signature": {"header": "x"}}}"#, "a hash with the secret in `x`"),
        (
            #"{"signature": {"algorithm": "rsa-sha1", "signature": {"field": "Signature"}}}"#,
            "a signature (rsa-sha1) in the body"
        ),
        (#"{"jwt": {"jwks": "https://x"}}"#, "a signed token (JWT) in `authorization`"),
        (
            #"{"any": [{"networks": []}, {"all": [{"pin": {}}, {"client_certificate": {"header": "x"}}]}]}"#,
            "the sender's network; or (a fixed value in the body; and a client certificate, "
                + "told by a trusted proxy in `x`)"
        ),
        (
            #"{"any": [{"secret": {"header": "a"}}, {"basic": {}}, {"secret": {"query": "q"}}, {"basic": {}}]}"#,
            "a secret in `a` or in the query as `q`; or a password (Basic)"
        ),
    ])
    func `tells what proves a sender`(rule: String, words: String) throws {
        #expect(MappingOverview.words(for: try LocatedJSON.parse(Array(rule.utf8))) == words)
    }
}
