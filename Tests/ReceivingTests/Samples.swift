import JSON
import Mapping
import Receiving
import Schema

/// Microseconds since 1970 of the tests' present.
let now: Int64 = 1_795_000_000_000_000

/// A source whose mapping takes `id` and `m` of each record.
func source(
    authenticate: String = "\"none\"",
    framing: String = "{}",
    event: String = #""id": "id", "ignore": "kind == 'ping'", "#,
    fields: String = #""message": "m""#,
    rest: String = "",
    secrets: [String: [String]] = [:],
    schema: EventSchema = .standard,
    limits: DeliveryLimits = DeliveryLimits(),
    keys: KeyStore = KeyStore()
) throws -> Source {
    let text = """
        {"vendor": "test", "authenticate": \(authenticate), "framing": \(framing),
         "event": {\(event) "fields": {\(fields)}} \(rest)}
        """
    let mapping = try MappingFile.load(bytes: Array(text.utf8), file: "Mappings/test.json")
    return try Source(
        name: "test",
        mapping: mapping.bind(to: schema),
        secrets: secrets.mapValues { $0.map { Array($0.utf8) } },
        constants: .object([JSONMember("tenant", .string("acme"))]),
        scope: Array("log/test".utf8),
        limits: limits,
        keys: keys
    )
}

/// Reads one delivery with a reader of its own.
func read(
    _ body: [UInt8],
    for source: Source,
    method: String = "POST",
    query: String = "",
    headers: [(name: String, value: String)] = [],
    pathSecret: String? = nil,
    url: String = "",
    reader: DeliveryReader = DeliveryReader(),
    at time: Int64 = now
) -> DeliveryOutcome {
    reader.collectsIDs = true
    return body.withUnsafeBytes {
        reader.read(
            DeliveryRequest(
                method: method,
                path: "/in/test",
                query: query,
                headers: headers,
                body: $0,
                pathSecret: pathSecret,
                publicURL: url,
                receivedAt: time
            ),
            for: source
        )
    }
}

func read(_ body: String, for source: Source, headers: [(name: String, value: String)] = []) -> DeliveryOutcome {
    read(Array(body.utf8), for: source, headers: headers)
}

extension DeliveryOutcome {
    var delivery: Delivery? { if case .delivery(let delivery) = self { delivery } else { nil } }
    /// What has to be fetched first.
    var key: KeyRequest? { if case .needsKey(let key) = self { key } else { nil } }
    var reply: Reply? { if case .answer(let reply) = self { reply } else { nil } }
}

extension Delivery {
    /// The events as text.
    var texts: [String] { (0..<events.count).map { events.withEvent($0) { String(decoding: $0, as: UTF8.self) } } }
    /// The text of each event's record.
    var records: [String] { recordRanges.map { String(decoding: body[$0], as: UTF8.self) } }
    /// The text of each record in quarantine.
    var setAside: [String] { quarantined.map { String(decoding: bytes(of: $0), as: UTF8.self) } }
    var idTexts: [String] { ids.map { String(decoding: $0, as: UTF8.self) } }
}
