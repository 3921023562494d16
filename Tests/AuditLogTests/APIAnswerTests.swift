import AuditLog
import Cryptography
import JSON
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
            guard let envelope = vector["envelope"], envelope["err"] == nil,
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
        #expect(text { APIAnswer.append([], to: &$0) } == "[]")
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
        #expect(
            text { APIAnswer.appendSearch(search, events: [event, event], to: &$0) }
                == #"{"count":3,"events":[\#(entry),\#(entry)],"expires_at":"2022-08-09T23:30:01.000000Z","id":"pas_ozqrbpzsjp2obclvn7xl5n7canphx3mv"}"#
        )
        #expect(
            text { APIAnswer.appendResults(search, events: [event], to: &$0) } == #"{"count":3,"events":[\#(entry)]}"#
        )
    }
}
