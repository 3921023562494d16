import JMESPath
import JSON
import Mapping
import Schema

/// A mapping out of the text of its file.
func load(_ text: String, file: String = "Mappings/test.json") throws(MappingErrors) -> MappingFile {
    try MappingFile.load(bytes: Array(text.utf8), file: file)
}

/// A mapping with these fields, and no authentication.
func mapping(fields: String, event: String = "", rest: String = "") throws(MappingErrors) -> MappingFile {
    try load(
        #"{"vendor": "test", "authenticate": "none", "event": {"fields": {\#(fields)} \#(event)} \#(rest)}"#
    )
}

/// What mapping one record gave.
enum MappedRecord: Equatable {
    case event(String)
    case ignored
    case failed(String)
}

/// Maps one record, whose body is the record itself.
func map(
    _ record: String,
    with mapping: MappingFile,
    schema: EventSchema = .standard,
    context: RecordContext = RecordContext(),
    mapper: RecordMapper = RecordMapper()
) throws -> MappedRecord {
    let document = JSONDocument()
    try document.parse(Array(record.utf8))
    var encoder = EventEncoder(schema: schema)
    let bound = mapping.bind(to: schema)
    mapper.begin(bound, context)
    switch mapper.map(document.root, root: document.root, with: bound, to: &encoder) {
    case .event: return .event(encoder.take().withEvent(0) { String(decoding: $0, as: UTF8.self) })
    case .ignored: return .ignored
    case .failed(let failure): return .failed("\(failure.place): \(failure.reason)")
    }
}

/// The canonical text of what an expression gives for a record.
func evaluate(_ expression: String, on record: String, tables: [String: LookupTable] = [:]) throws -> String {
    let document = JSONDocument()
    try document.parse(Array(record.utf8))
    let evaluation = Evaluation()
    evaluation.reset(root: document.root)
    let compiled = try Expression(expression, functions: VendorFunctions.all(tables: tables))
    var writer = JSONWriter()
    writer.append(canonical: try compiled.evaluate(document.root, in: evaluation))
    return String(decoding: writer.bytes, as: UTF8.self)
}
