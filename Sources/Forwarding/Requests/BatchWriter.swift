internal import AuditLog
internal import JSON

/// Writes the body of a request, event by event, as the sink's endpoint wants it.
struct BatchWriter {
    let endpoint: SinkOptions.Endpoint
    let body: BodyBuffer
    private(set) var key: IdempotencyKey
    private(set) var count = 0
    private var scratch = JSONWriter()
    /// `"config_id":"…",` or nothing; put behind the opening brace.
    private let configuration: [UInt8]

    init(options: SinkOptions, body: BodyBuffer) {
        endpoint = options.endpoint
        self.body = body
        key = IdempotencyKey(sender: options.configurationID)
        if let id = options.receiverConfigurationID {
            scratch.append(raw: "\"config_id\":")
            scratch.append(string: id)
            scratch.append(raw: ",")
        }
        configuration = scratch.bytes
        body.removeAll()
        begin()
    }

    private func begin() {
        body.append("{")
        body.append(configuration)
        switch endpoint {
        case .log: break
        case .bulk, .asynchronous: body.append("\"events\":[")
        case .stream: body.append("\"logs\":[")
        }
    }

    /// Appends an event with its client's signature.
    @inline(__always)
    mutating func append(_ event: StoredEvent) {
        if endpoint == .log {
            body.append("\"event\":")
        } else {
            body.append(count == 0 ? "{\"event\":" : ",{\"event\":")
        }
        body.append(event.event)
        if let signature = event.signature { append(signature) }
        if endpoint != .log { body.append("}") }
        key.append(event.sequence)
        count += 1
    }

    private mutating func append(_ signature: ClientSignature) {
        scratch.removeAll()
        if let text = signature.signature {
            scratch.append(raw: ",\"signature\":")
            scratch.append(string: text)
        }
        if let text = signature.publicKey {
            scratch.append(raw: ",\"public_key\":")
            scratch.append(string: text)
        }
        body.append(scratch.bytes)
    }

    /// Appends a vendor's record, which must be a JSON value.
    mutating func append(_ record: RawRecord) {
        if count > 0 { body.append(",") }
        body.append(record.bytes)
        key.append(record.sequence)
        count += 1
    }

    func end() {
        body.append(endpoint == .log ? "}" : "]}")
    }
}
