import AuditLog
import Testing

@testable import Forwarding

@Suite struct `An idempotency key` {
    @Test(arguments: [
        ([101], "101"), ([101, 102, 103], "101-103"), ([1, 3, 4, 9], "1,3-4,9"),
        (Array(101...180) + [183], "101-180,183"),
    ])
    func `names the sequences as ranges`(sequences: [Int], text: String) {
        var key = IdempotencyKey(sender: "pci_x")
        for sequence in sequences { key.append(UInt64(sequence)) }
        #expect(key.text == "agw1;pci_x;\(text)")
    }

    @Test func `says when it is long enough`() {
        var key = IdempotencyKey(sender: "pci_x")
        var sequence: UInt64 = 1_000_000
        while key.hasRoom {
            key.append(sequence)
            sequence += 2
        }
        #expect((3000..<3100).contains(key.text.utf8.count))
    }
}

@Suite struct `A request's body` {
    private let signature = ClientSignature(signature: Array("c2ln".utf8), publicKey: Array(#"{"key":"k"}"#.utf8))

    private func options(_ endpoint: SinkOptions.Endpoint) -> SinkOptions {
        var options = SinkOptions(
            name: "s",
            log: LogID(rawValue: 1),
            configurationID: "pci_x",
            url: "http://x",
            tokens: [BearerToken("t")]
        )
        options.endpoint = endpoint
        return options
    }

    private func event(_ sequence: UInt64, _ signature: ClientSignature? = nil) -> StoredEvent {
        StoredEvent(
            sequence: sequence,
            receivedAt: 1,
            event: Array(#"{"message":"\#(sequence)"}"#.utf8),
            signature: signature,
            hash: []
        )
    }

    private func text(_ body: BodyBuffer) -> String { String(decoding: body.bytes, as: UTF8.self) }

    @Test func `holds events with their signatures`() {
        let body = BodyBuffer(capacity: 1)
        var writer = BatchWriter(options: options(.bulk), body: body)
        writer.append(event(7))
        writer.append(event(8, signature))
        writer.end()
        #expect(
            text(body)
                == #"{"events":[{"event":{"message":"7"}},{"event":{"message":"8"},"signature":"c2ln","#
                + #""public_key":"{\"key\":\"k\"}"}]}"#
        )
        #expect(writer.key.text == "agw1;pci_x;7-8")
    }

    @Test func `holds one event for v1 log`() {
        let body = BodyBuffer(capacity: 1)
        var options = options(.log)
        options.receiverConfigurationID = "pci_y"
        var writer = BatchWriter(options: options, body: body)
        writer.append(event(7, signature))
        writer.end()
        #expect(
            text(body)
                == #"{"config_id":"pci_y","event":{"message":"7"},"signature":"c2ln","public_key":"{\"key\":\"k\"}"}"#
        )
    }

    @Test func `holds the vendor's records for log stream`() {
        let body = BodyBuffer(capacity: 1)
        var writer = BatchWriter(options: options(.stream), body: body)
        writer.append(RawRecord(sequence: 3, bytes: Array(#"{"a":1}"#.utf8)))
        writer.append(RawRecord(sequence: 5, bytes: Array(#"{"b":2}"#.utf8)))
        writer.end()
        #expect(text(body) == #"{"logs":[{"a":1},{"b":2}]}"#)
        #expect(writer.key.text == "agw1;pci_x;3,5")
    }
}

@Suite struct `Sink options` {
    private let usable = SinkOptions(
        name: "s",
        log: LogID(rawValue: 1),
        configurationID: "pci_x",
        url: "https://x/prefix//",
        tokens: [BearerToken("secret-token")]
    )

    @Test func `are usable as they come`() throws {
        try usable.validate()
        #expect(usable.base == "https://x/prefix")
        #expect(usable.follower == "sink:s")
    }

    @Test func `never print a token`() {
        var dumped = ""
        dump(usable, to: &dumped)
        for text in ["\(usable)", String(reflecting: usable), dumped] { #expect(!text.contains("secret-token")) }
    }

    @Test(
        arguments: [
            { @Sendable in $0.url = "ftp://x" }, { $0.url = "https://user:pass@x" }, { $0.url = "https://x?a=b" },
            { $0.tokens = [] }, { $0.tokens = [BearerToken("a\r\nX: y")] }, { $0.connections = 17 },
            { $0.batchEvents = 0 },
            { $0.batchBytes = 1 }, { $0.requestTimeout = .zero },
            {
                $0.url = "http://x"; $0.usesHTTP2 = true
            },
        ] as [@Sendable (inout SinkOptions) -> Void]
    )
    func `are refused when they cannot work`(change: @Sendable (inout SinkOptions) -> Void) {
        var options = usable
        change(&options)
        let changed = options
        #expect(throws: ForwardingError.self) { try changed.validate() }
    }
}
