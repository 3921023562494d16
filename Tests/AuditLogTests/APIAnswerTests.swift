import AuditLog
import Cryptography
import JSON
import Merkle
import Schema
import Testing

@Suite struct `An answer of the API` {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func canonical(_ value: JSONValue?) -> [UInt8] {
        var writer = JSONWriter()
        writer.append(canonical: value ?? .null)
        return writer.bytes
    }

    /// 2022-08-09T23:30:01.111111Z and 2024-01-01T00:00:00.000001Z.
    @Test(
        arguments: [
            (
                #"{"message":"hello world"}"#, Int64(1_660_087_801_111_111), nil, nil,
                "8c1ffc610a8b7734e64cfdaac242e611a5ca04e7101666ccd6c7763b034437b4"
            ),
            (
                #"{"message":"m"}"#, 1_704_067_200_000_000, nil, nil,
                "d1171969d6ee971d318ece51d7cdc6187f05208009cdaacde8c5d5c7d8a236ab"
            ),
            (
                #"{"actor":"a","message":"m"}"#, 1_704_067_200_000_001, "AAAA",
                "lvOyDMpK2DQ16NI8G41yINl01wMHzINBahtDPoh4+mE=",
                "c1e4ec738a2bcbd75b69b53ae2e5aff89403c5dec6157e0ca3f347c30adea658"
            ),
        ] as [(String, Int64, String?, String?, String)]
    )
    func `has envelopes that hash as the contract says`(
        event: String,
        receivedAt: Int64,
        signature: String?,
        publicKey: String?,
        hash: String
    ) {
        var writer = JSONWriter()
        let signed = signature.map {
            ClientSignature(signature: Array($0.utf8), publicKey: publicKey.map { Array($0.utf8) })
        }
        Array(event.utf8).withUnsafeBytes {
            Envelope.append(event: $0, receivedAt: receivedAt, signature: signed, to: &writer)
        }
        #expect(Hex.encode(SHA256Hasher.hash(writer.bytes)) == hash)
    }

    @Test func `has envelopes that hash as in the contract's vectors`() throws {
        guard let cases = ContractVectors.load("envelope-hash.json")?["cases"]?.elements else { return }
        var count = 0
        for vector in cases {
            guard let envelope = vector["envelope"],
                let time = envelope["received_at"]?.stringValue, let instant = Timestamp.parse(time)
            else { continue }
            let signature = ClientSignature(
                signature: envelope["signature"]?.stringBytes,
                publicKey: envelope["public_key"]?.stringBytes
            )
            var writer = JSONWriter()
            canonical(envelope["event"]).withUnsafeBytes {
                Envelope.append(
                    event: $0,
                    errors: envelope["err"].map { canonical($0) },
                    receivedAt: instant.seconds * 1_000_000 + Int64(instant.nanoseconds / 1000),
                    signature: signature,
                    to: &writer
                )
            }
            let isValid = Hex.encode(SHA256Hasher.hash(writer.bytes)) == vector["hash"]?.stringValue
            #expect(isValid == vector["valid"]?.boolValue, "\(vector["name"]?.stringValue ?? "")")
            count += 1
        }
        #expect(count > 10)
    }

    private let event = StoredEvent(
        sequence: 1,
        receivedAt: 1_660_087_801_111_111,
        event: Array(#"{"message":"hi"}"#.utf8),
        signature: ClientSignature(signature: Array("AA==".utf8), publicKey: Array(#"{"k":1}"#.utf8)),
        hash: [UInt8](repeating: 0xAB, count: 32)
    )

    @Test func `holds events with their envelope and hash`() {
        let hash = String(repeating: "ab", count: 32)
        let envelope =
            #"{"event":{"message":"hi"},"public_key":"{\"k\":1}","received_at":"2022-08-09T23:30:01.111111Z","signature":"AA=="}"#
        #expect(text { APIAnswer.append(event, to: &$0) } == #"{"envelope":\#(envelope),"hash":"\#(hash)"}"#)
        #expect(
            text { APIAnswer.append(event, hasValidSignature: false, to: &$0) }
                == #"{"envelope":\#(envelope),"hash":"\#(hash)","valid_signature":false}"#
        )
    }

    @Test func `holds a search's events, count, id and end`() {
        let search = FrozenSearch(
            id: "pas_ozqrbpzsjp2obclvn7xl5n7canphx3mv",
            token: "t",
            log: LogID(rawValue: 1),
            sequences: [3, 2, 1],
            isVerbose: true,
            restriction: Array("{}".utf8),
            expiresAt: 1_660_087_801_000_000
        )
        let entry = text { APIAnswer.append(event, to: &$0) }
        let two = ProvenEvents(events: [event, event])
        #expect(
            text { APIAnswer.appendSearch(search, page: two, APIAnswer.PageStyle(), to: &$0) }
                == #"{"count":3,"events":[\#(entry),\#(entry)],"expires_at":"2022-08-09T23:30:01.000000Z","id":"pas_ozqrbpzsjp2obclvn7xl5n7canphx3mv"}"#
        )
        let one = ProvenEvents(events: [event])
        #expect(
            text { APIAnswer.appendResults(search, page: one, APIAnswer.PageStyle(), to: &$0) }
                == #"{"count":3,"events":[\#(entry)]}"#
        )
    }

    @Test func `holds proofs and roots when it is verbose, and leaves out what has no value`() throws {
        let hash = try #require(TreeHash([UInt8](repeating: 0xCD, count: 32)))
        let hex = hash.hex
        let names = TreeNames(treeName: "tree") { "https://audit.example.com/ledger/\($0)/" }
        var page = ProvenEvents(events: [event, event])
        page.proofs = [
            EventProof(leafIndex: 4, path: [PathStep(side: .left, hash: hash), PathStep(side: .right, hash: hash)]),
            EventProof(leafIndex: nil, path: []),
        ]
        let first = text { APIAnswer.append(event, proof: page.proofs[0], to: &$0) }
        #expect(
            first.hasSuffix(#","leaf_index":4,"membership_proof":"l:\#(hex),r:\#(hex)","published":true}"#)
        )
        let second = text { APIAnswer.append(event, proof: page.proofs[1], to: &$0) }
        #expect(second.hasSuffix(#","membership_proof":"","published":false}"#))
        page.root = PublishedRoot(size: 5, hash: hash, publishedAt: 1_660_087_801_111_111, consistencyProof: nil)
        page.openRoot = OpenRoot(size: 1, hash: hash)
        let search = FrozenSearch(
            id: "pas_ozqrbpzsjp2obclvn7xl5n7canphx3mv",
            token: "t",
            log: LogID(rawValue: 1),
            sequences: [2, 1],
            isVerbose: true,
            restriction: Array("{}".utf8),
            expiresAt: 0
        )
        let roots =
            #""root":{"published_at":"2022-08-09T23:30:01.111111Z","root_hash":"\#(hex)","size":5,"tree_name":"tree","#
            + #""url":"https://audit.example.com/ledger/5/"},"unpublished_root":{"root_hash":"\#(hex)","size":1,"#
            + #""tree_name":"tree"}"#
        #expect(
            text { APIAnswer.appendResults(search, page: page, APIAnswer.PageStyle(names: names), to: &$0) }
                == #"{"count":2,"events":[\#(first),\#(second)],\#(roots)}"#
        )
    }

    @Test(arguments: [
        #"{"query":"{ transactions(tags: [{name: \"tree_size\", values: [\"5\", \"6\"]}, {name: \"tree_name\", values: [\"ab\"]}]) { edges { node { id tags { name value } } } } }"}"#,
        #"{"query":"{\n transactions(\n tags: [\n {\n name: \"tree_size\"\n values: [\n \"5\"\n \"6\" ]\n },\n { values: \"ab\" name: \"tree_name\" } ] ) { edges { node { id tags { name value } } } } }"}"#,
    ])
    func `tells which published roots a ledger's query asks for`(body: String) {
        let query = Array(body.utf8).withUnsafeBytes(LedgerQuery.init(body:))
        #expect(query?.sizes == [5, 6])
        #expect(query?.treeNames == ["ab"])
    }

    @Test(arguments: [
        "", "{", "[]", #"{"query":1}"#, #"{"query":""}"#, #"{"query":"{ name: \"tree_size\" values: ["}"#,
    ])
    func `takes nothing else for a ledger's query`(body: String) {
        #expect(Array(body.utf8).withUnsafeBytes(LedgerQuery.init(body:)) == nil)
    }

    @Test func `names published roots by ids that cannot be taken for others`() throws {
        let id = LedgerID(log: LogID(rawValue: 7), size: 70_000)
        let text = id.text(treeName: "tree")
        #expect(text.count == 43)
        #expect(LedgerID(text) == id)
        #expect(id.text(treeName: "other") != text)
        for other in ["", "graphql", String(text.dropLast()), text + "A", text.replacing("A", with: "=")] {
            #expect(LedgerID(other).map { $0.text(treeName: "tree") == other } != true)
        }
    }
}
