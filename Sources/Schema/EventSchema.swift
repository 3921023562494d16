/// The fields that the events of a log may have.
package struct EventSchema: Equatable, Sendable {
    /// The fields sorted by id (as bytes), which is the order of canonical JSON.
    package let fields: [Field]
    /// The ids in the order that the schema was written in, which is the order people see.
    package let declaredOrder: [String]
    /// The vendor whose records `/v1/log_stream` takes for this log; nil for a log without one.
    package let vendorID: String?
    /// Where that vendor's records stand in a body; nil for a schema that does not say.
    package let path: EventPath?
    package let malformed: Malformed
    /// Whether clients may sign events.
    package let isClientSignable: Bool
    /// Whether clients are told the hashes of events.
    package let isTamperProof: Bool
    private let indices: [String: Int]

    /// What becomes of an event that does not fit the schema (`save_malformed` of the API).
    package enum Malformed: String, Sendable, CaseIterable {
        case reject
        /// What fits is stored, and beside it what did not, with its value.
        case all
        /// The same, as no field is redacted.
        case unredacted
    }

    /// A schema of fields with distinct ids.
    package init(
        fields: [Field],
        vendorID: String? = nil,
        path: EventPath? = nil,
        malformed: Malformed = .reject,
        isClientSignable: Bool = true,
        isTamperProof: Bool = true
    ) {
        self.path = path
        self.malformed = malformed
        self.isClientSignable = isClientSignable
        self.isTamperProof = isTamperProof
        self.declaredOrder = fields.map(\.id)
        self.fields = fields.sorted { Array($0.id.utf8).lexicographicallyPrecedes(Array($1.id.utf8)) }
        self.vendorID = vendorID
        indices = Dictionary(uniqueKeysWithValues: self.fields.enumerated().map { ($1.id, $0) })
    }

    /// The position of a field in ``fields``, or nil when the schema lacks it.
    package func index(of id: String) -> Int? { indices[id] }

    package func index(of id: UnsafeRawBufferPointer) -> Int? {
        // A schema has some ten fields: comparing bytes beats making a String to hash.
        for (index, field) in fields.enumerated()
        where field.id.utf8.count == id.count && field.id.utf8.elementsEqual(id) {
            return index
        }
        return nil
    }

    /// The API's standard schema (audit API contract, section 2.1).
    package static let standard = EventSchema(fields: [
        Field(id: "message", kind: .string, size: 32766, isRequired: true),
        Field(id: "actor", kind: .string, size: 128),
        Field(id: "action", kind: .string, size: 32),
        Field(id: "new", kind: .string, size: 32766),
        Field(id: "old", kind: .string, size: 32766),
        Field(id: "source", kind: .string, size: 128),
        Field(id: "status", kind: .string, size: 32),
        Field(id: "target", kind: .string, size: 128),
        Field(id: "tenant_id", kind: .string, size: 128),
        Field(id: "timestamp", kind: .datetime, size: 128),
    ])

    /// The standard schema and what vendors give beyond it.
    package static let gateway = EventSchema(
        fields: EventSchema.standard.declaredOrder.compactMap { id in
            EventSchema.standard.index(of: id).map { EventSchema.standard.fields[$0] }
        } + [
            Field(id: "actor_id", kind: .string, size: 256),
            Field(id: "actor_name", kind: .string, size: 256),
            Field(id: "source_ip", kind: .string, size: 64),
            Field(id: "user_agent", kind: .string, size: 1024),
            Field(id: "vendor", kind: .string, size: 64),
            Field(id: "event_id", kind: .string, size: 256),
            Field(id: "context", kind: .stringUnindexed, size: 32766),
        ]
    )
}
