internal import JSON
package import Schema

/// A request to `/v1/log`, `/v2/log` or `/v2/log_async`, read and checked.
package struct WritingCall: Sendable {
    /// The events in canonical JSON, in the request's order.
    package let events: EncodedEvents
    /// One for each event, or none at all when no event has one.
    package let signatures: [ClientSignature]
    package let isVerbose: Bool
    /// `prev_root` of `/v1/log`: at least 64 characters of `a-z0-9`, which need not be a root that we know.
    package let previousRoot: String?
}

/// Reads the writing calls of the API (audit API contract, sections 2 and 3) into canonical events.
///
///     try reader.parse(body)
///     let call = try reader.readBulk(schema: schema(of: reader.configurationID))
///
/// Keep one for each thread: its document, tables and buffers are used again. A refusal tells all problems at once.
package final class WritingCallReader {
    /// Longest `signature` and `public_key`, in Unicode scalars.
    private static let maximumSignatureLength = 256
    /// How many logs' layouts are kept; with more, the oldest is built anew.
    private static let maximumLayouts = 16

    /// Bodies beyond this, in bytes, are rare; what they needed is freed as soon as they are read.
    private static let maximumKeptBody = 1 << 20

    private var document = JSONDocument()
    private var bodyCount = 0
    /// Positions in ``single``; the first three are also those in ``entry``.
    private enum Single {
        static let event = 0, signature = 1, publicKey = 2, isVerbose = 3, root = 4, configuration = 5
    }
    /// Positions in ``bulk``.
    private enum Bulk { static let events = 0, isVerbose = 1, configuration = 2 }

    private let single = APIMemberTable(["event", "signature", "public_key", "verbose", "prev_root", "config_id"])
    private let entry = APIMemberTable(["event", "signature", "public_key"])
    private let bulk = APIMemberTable(["events", "verbose", "config_id"])
    private var layouts: [EventLayout] = []
    private var object: JSONNode?
    private var publicKeys = PublicKeyCanonicalizer()

    /// The request's `config_id`; nil when it is absent or malformed, which the reading of the call then reports.
    package private(set) var configurationID: String?

    package init() {}

    /// Reads a request body; an empty one counts as `{}`.
    ///
    /// - Throws: `BadFormat` when it is not JSON, `InvalidObject` when it is no object.
    package func parse(_ body: UnsafeRawBufferPointer) throws(APIRefusal) {
        object = nil
        configurationID = nil
        bodyCount = body.count
        defer { if object == nil { release() } }
        object = try document.apiObject(body)
        configurationID = object.flatMap(APIConfigurationID.read)
    }

    /// Reads the parsed body as one of `/v1/log`; a body is read once.
    package func readSingle(schema: EventSchema) throws(APIRefusal) -> WritingCall {
        defer { release() }
        var problems = APIProblemList()
        if let object { single.read(object, at: .body, problems: &problems) } else { single.clear() }
        let layout = layout(of: schema)
        var signatures: [ClientSignature] = []
        if let signature = signature(in: single, at: .body, schema, problems: &problems) {
            signatures.append(signature)
        }
        let isVerbose = single.bool(Single.isVerbose, default: false, problems: &problems)
        let previousRoot = readPreviousRoot(problems: &problems)
        APIConfigurationID.check(Single.configuration, in: single, problems: &problems)
        layout.read(single[Single.event], inEntry: nil, problems: &problems)
        let events = layout.encoder.take()
        try problems.throwIfAny()
        return WritingCall(events: events, signatures: signatures, isVerbose: isVerbose, previousRoot: previousRoot)
    }

    /// Reads the parsed body as one of `/v2/log` or `/v2/log_async`; a body is read once.
    package func readBulk(schema: EventSchema, maximumEvents: Int = 1000) throws(APIRefusal) -> WritingCall {
        defer { release() }
        var problems = APIProblemList()
        if let object { bulk.read(object, at: .body, problems: &problems) } else { bulk.clear() }
        let isVerbose = bulk.bool(Bulk.isVerbose, default: false, problems: &problems)
        APIConfigurationID.check(Bulk.configuration, in: bulk, problems: &problems)
        let array = eventsArray(maximumEvents: maximumEvents, problems: &problems)
        guard let array else { try problems.refuse() }
        let layout = layout(of: schema)
        let signatures = readEntries(array, layout: layout, problems: &problems)
        let events = layout.encoder.take()
        try problems.throwIfAny()
        return WritingCall(events: events, signatures: signatures, isVerbose: isVerbose, previousRoot: nil)
    }

    /// Appends the events of `/events` to the layout's encoder and returns their signatures.
    private func readEntries(
        _ array: JSONNode,
        layout: EventLayout,
        problems: inout APIProblemList
    ) -> [ClientSignature] {
        let unsigned = ClientSignature(signature: nil, publicKey: nil)
        var signatures: [ClientSignature] = []
        var index = 0
        for element in array.elements {
            if problems.isFull { break }
            defer { index += 1 }
            guard element.isObject else {
                problems.add(.invalidObject, at: "/events/\(index)", "each of 'events' must be an object")
                continue
            }
            entry.read(element, at: .entry(index), problems: &problems)
            if let signature = signature(in: entry, at: .entry(index), layout.schema, problems: &problems) {
                while signatures.count < index { signatures.append(unsigned) }
                signatures.append(signature)
            } else if !signatures.isEmpty {
                signatures.append(unsigned)
            }
            layout.read(entry[Single.event], inEntry: index, problems: &problems)
        }
        return signatures
    }

    private func eventsArray(maximumEvents: Int, problems: inout APIProblemList) -> JSONNode? {
        guard let value = bulk[Bulk.events] else {
            problems.add(.fieldRequired, at: "/events", "'events' is required")
            return nil
        }
        guard case .node(let array) = value, array.isArray else {
            problems.add(.invalidArray, at: "/events", "'events' must be an array")
            return nil
        }
        let count = array.count
        guard count > 0 else {
            problems.add(.belowMinItems, at: "/events", "'events' cannot have less than 1 items")
            return nil
        }
        guard count <= maximumEvents else {
            problems.add(.aboveMaxItems, at: "/events", "'events' cannot have more than \(maximumEvents) items")
            return nil
        }
        return array
    }

    /// The signature of an object that may be signed: the body of `/v1/log`, an entry of the others.
    private func signature(
        in table: APIMemberTable,
        at place: APIPlace,
        _ schema: EventSchema,
        problems: inout APIProblemList
    ) -> ClientSignature? {
        let limit = WritingCallReader.maximumSignatureLength
        let signature = table.text(Single.signature, maximumLength: limit, at: place, problems: &problems)
        let publicKey = table.text(Single.publicKey, maximumLength: limit, at: place, problems: &problems)
        guard signature != nil || publicKey != nil else { return nil }
        guard schema.isClientSignable else {
            let name = signature == nil ? "public_key" : "signature"
            problems.add(.unexpectedProperty, at: place.pointer(to: name), "this log takes no clients' signatures")
            return nil
        }
        return ClientSignature(
            signature: signature?.bytes,
            publicKey: publicKey.map { publicKeys.canonical($0.rawBuffer) }
        )
    }

    private func readPreviousRoot(problems: inout APIProblemList) -> String? {
        guard let text = single.text(Single.root, problems: &problems) else { return nil }
        // The contract's pattern `^[a-z0-9]{64}` has no end, so what follows the 64 characters is let through.
        let isRoot =
            text.count >= 64
            && text.buffer[..<64].allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
        guard isRoot else {
            problems.add(.doesNotMatchPattern, at: "/prev_root", "'prev_root' must match ^[a-z0-9]{64}")
            return nil
        }
        return text.string
    }

    private func release() {
        object = nil
        guard bodyCount > WritingCallReader.maximumKeptBody else { return }
        document = JSONDocument()
        bodyCount = 0
    }

    private func layout(of schema: EventSchema) -> EventLayout {
        // Schemas that are the same value share their storage, so finding one costs no comparison of texts.
        if let known = layouts.first(where: { $0.schema == schema }) { return known }
        let layout = EventLayout(schema: schema)
        if layouts.count >= WritingCallReader.maximumLayouts { layouts.removeFirst() }
        layouts.append(layout)
        return layout
    }
}

/// Turns the text of a `public_key` into what is stored: a JSON object is rewritten to its canonical form, any other
/// text stays as it is (audit API contract, section 8).
private struct PublicKeyCanonicalizer {
    private let document = JSONDocument()
    // The events of a batch are mostly signed with one key.
    private var lastText: [UInt8] = []
    private var lastCanonical: [UInt8] = []

    mutating func canonical(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        if text.elementsEqual(lastText) { return lastCanonical }
        lastText = [UInt8](text)
        lastCanonical = lastText
        guard (try? document.parse(text)) != nil, document.root.isObject else { return lastCanonical }
        var writer = JSONWriter()
        writer.append(canonical: document.root)
        lastCanonical = writer.bytes
        return lastCanonical
    }
}
