package import JMESPath
internal import JSON
package import Schema

/// One vendor's mapping file, read, checked and compiled.
///
/// Immutable; any number of sources and threads share it.
package struct MappingFile: Sendable {
    /// The names that expressions may read besides the record (`@`) and the decoded body (`$`).
    package static let variables: Set<String> = ["request", "source", "received_at"]

    /// The file's name without `.json`, or the vendor when it was read from no file.
    package let name: String
    /// The file as it is shown in messages.
    package let file: String
    /// The first 16 hex digits of the SHA-256 of the file's bytes: another text is another version.
    package let version: String
    /// The vendor's short name, such as `auth0`.
    package let vendor: String
    package let title: String
    /// Where the vendor describes what it sends.
    package let documentation: String?
    /// What the vendor's senders append to the URL that they are given, such as `/v1/logs`; each begins with a slash.
    package let paths: [String]
    package let authentication: AuthenticationRule
    package let handshakes: [HandshakeRule]
    package let framing: FramingRule
    package let event: EventRule
    package let tables: [String: LookupTable]
    package let answers: AnswerTable
    /// The schema and its values that `/v1/log_stream` uses; nil for a vendor without one.
    package let vendorSchema: VendorSchema?
    /// What is allowed but looks like a mistake.
    package let warnings: [MappingProblem]
    /// The functions that its expressions may call besides the standard ones.
    package let functions: [Function]

    /// The secrets that a source needs beside some that it has.
    package func missingSecrets(beside names: Set<String>) -> Set<String> {
        let names = names.union(keptSecretNames)
        let keys = Set(handshakes.compactMap { $0.code?.key }).subtracting(names)
        return authentication.missingSecrets(beside: names).union(keys)
    }

    /// The secrets that a source may have, of which a vendor may give some (``keptSecretNames``).
    package var secretNames: Set<String> {
        authentication.secretNames.union(handshakes.compactMap { $0.code?.key }).union(keptSecretNames)
    }

    /// The secrets that a handshake keeps: a source may be without them until then.
    package var keptSecretNames: Set<String> { Set(handshakes.compactMap { $0.keeping?.key }) }

    /// Reads, checks and compiles a mapping file.
    ///
    /// - Parameters:
    ///   - bytes: the file's text.
    ///   - file: how messages name it, such as `Mappings/okta.json`.
    /// - Returns: the mapping, whose ``warnings`` may tell of likely mistakes.
    /// - Throws: every problem at once.
    package static func load(bytes: [UInt8], file: String) throws(MappingErrors) -> MappingFile {
        try MappingReader.read(bytes: bytes, file: file)
    }
}

/// How records are cut out of a decoded body.
package struct FramingRule: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        /// One JSON value, JSON lines, or values back to back; told by looking at the text.
        case automatic = "auto"
        /// Exactly one JSON value.
        case json
        /// One JSON value a line.
        case lines
        /// `application/x-www-form-urlencoded`: one record, an object of texts.
        case form
        /// Plain lines: each is a record `{"line": "…"}`.
        case text
    }

    package let format: Format
    /// The form field that holds the JSON; nil for a form whose fields are the record.
    package let field: String?
    /// Whether an empty body is one record without members, because the headers say it all.
    package let acceptsEmpty: Bool
    /// Evaluated on each top-level value: an array's elements or an object are the records; anything else means the
    /// elements of the value, when it is an array, or the value itself.
    package let records: PlacedExpression?
    /// Whether cutting records expands text: then it may build as much as a body in gzip may become.
    package let inflates: Bool

    init(
        format: Format = .automatic,
        field: String? = nil,
        acceptsEmpty: Bool = false,
        records: PlacedExpression? = nil
    ) {
        self.format = format
        self.field = field
        self.acceptsEmpty = acceptsEmpty
        self.records = records
        inflates = records?.text.contains("inflate(") == true
    }
}

/// How one record becomes an event.
package struct EventRule: Sendable {
    /// Tried in order until one gives an id; none or no result means the hash of the record.
    package let ids: [PlacedExpression]
    /// The time that is part of the deduplication key.
    package let time: PlacedExpression?
    /// A record for which this is true is a probe: it is answered, and nothing is stored.
    package let ignore: PlacedExpression?
    /// Texts that mean that a value is absent, such as `-`, as UTF-8.
    package let absent: [[UInt8]]
    package let tooLong: TooLong
    /// The fields in the file's order.
    package let fields: [FieldRule]

    /// What becomes of a text that is longer than its field.
    package enum TooLong: String, Sendable, CaseIterable {
        /// It is cut, marked and counted.
        case cut
        /// Its record is set aside.
        case quarantine
    }

    package func rule(forField name: String) -> PlacedExpression? {
        fields.first { $0.field == name }?.expression
    }
}

/// The expression of one field.
package struct FieldRule: Sendable {
    package let field: String
    package let expression: PlacedExpression
}

/// A vendor's own schema, for logs that `/v1/log_stream` writes to.
package struct VendorSchema: Sendable {
    package let schema: EventSchema
    /// Where the vendor's events stand in a body of `/v1/log_stream`; how they are cut out of it, the framing decides.
    package let jsonPath: String?
    package let values: [FieldRule]
}
