internal import ArgumentParser
internal import Foundation
internal import Gateway
internal import JSON
internal import Mapping
internal import Receiving
internal import Schema

struct Map: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the events that a mapping makes of a body, as they would be stored.",
        discussion: """
            Nothing is stored and nobody is asked for a secret. '--explain' shows for each field its expression, what it \
            read and what it gave, and the parts of the input that nothing read, also of records that would be set aside. \
            The events go to standard output, what the vendor would be answered to standard error.

            Ends with 0 when every record becomes an event or is ignored, 1 when one does not, 2 when the mapping or a \
            file cannot be read.

            Example:  audit-gateway map auth0 Mappings/Fixtures/auth0/login-array.input.json --explain
            """
    )

    @Argument(help: "The mapping's name, or a file.")
    var mapping: String
    @Argument(help: "The body; '-' is standard input.")
    var body = "-"
    @Option(help: "A JSON file with the request's 'method', 'headers', 'query', and the 'path' that senders append.")
    var headers: String?
    @Option(help: "The schema of the log: standard, gateway, or the mapping's own by its vendor id.")
    var schema = "standard"
    @Option(help: "The folder with the mappings.")
    var mappings = "Mappings"
    @Flag(help: "Show what each expression read and gave.")
    var explain = false
    @Flag(help: "Print each record as a line of JSON, and at last the answer.")
    var json = false

    func run() throws {
        let file = mapping.hasSuffix(".json") ? mapping : "\(mappings)/\(mapping).json"
        let loaded: MappingFile
        do {
            loaded = try MappingFile.load(bytes: try Input.read(file), file: file)
        } catch let error as MappingErrors {
            throw CommandFailure.wrongUse(error.description)
        }
        let preview = MappingPreview(mapping: loaded, schema: try schema(of: loaded))
        let request = try SampleRequest(file: headers)
        let outcome = preview.read(
            body: try Input.read(body),
            method: request.method,
            path: request.path,
            query: request.query,
            headers: request.headers
        )
        if json { return try printJSON(outcome) }
        for record in explain ? outcome.records : [] { Output.line(ExplanationText.text(of: record)) }
        for event in outcome.records.compactMap(\.event) { Output.bytes(event + [10]) }
        for problem in outcome.problems { Output.error(problem) }
        if let answer = outcome.answer { Output.error("answer: \(Map.text(of: answer))") }
        guard outcome.problems.isEmpty else {
            let count = outcome.records.count { $0.problem != nil }
            throw CommandFailure.no(
                count == 0 ? "the delivery would be refused" : "\(count) record(s) would be set aside"
            )
        }
    }

    private func printJSON(_ outcome: MappingPreview.Outcome) throws {
        for record in outcome.records {
            var line = JSONLine()
            if let event = record.event { line.add("event", json: event) }
            if let problem = record.problem { line.add("problem", .string(problem)) }
            if explain, let explanation = record.explanation { ExplanationText.add(explanation, to: &line) }
            line.print()
        }
        if let refusal = outcome.refusal {
            var line = JSONLine()
            line.add("problem", .string(refusal))
            line.print()
        }
        if let answer = outcome.answer {
            var line = JSONLine()
            line.add("answer", Map.json(of: answer))
            line.print()
        }
        guard outcome.problems.isEmpty else { throw CommandFailure.no("") }
    }

    private static func json(of answer: VendorAnswer) -> JSONValue {
        let headers = answer.headers.map { JSONMember($0.name, .string($0.value)) }
        return .object([
            JSONMember("status", .integer(Int64(answer.status))), JSONMember("headers", .object(headers)),
            JSONMember("body", .string(answer.body)),
        ])
    }

    private static func text(of answer: VendorAnswer) -> String {
        let body = Output.printable(String(decoding: answer.body, as: UTF8.self))
        return body.isEmpty ? "\(answer.status)" : "\(answer.status) \(body)"
    }

    private func schema(of mapping: MappingFile) throws -> EventSchema {
        switch schema {
        case "standard": return .standard
        case "gateway": return .gateway
        default:
            if let own = mapping.vendorSchema?.schema, own.vendorID == schema { return own }
            throw CommandFailure.wrongUse(
                "there is no schema '\(schema)'; use standard, gateway or the mapping's vendor id"
            )
        }
    }
}

/// What stands around a body, from a file as fixtures have it: `{"method":"POST","headers":{…},"query":"a=1"}`.
struct SampleRequest {
    var method = "POST"
    var headers: [(name: String, value: String)] = []
    var query = ""
    /// What senders append to the URL that they are given.
    var path = ""

    init(file: String?) throws {
        guard let file else { return }
        let json: LocatedJSON
        do {
            json = try LocatedJSON.parse(try Input.read(file))
        } catch let error as LocatedJSONError {
            throw CommandFailure.wrongUse("\(file):\(error.position): \(error.message)")
        }
        method = json["method"]?.stringValue ?? "POST"
        query = json["query"]?.stringValue ?? ""
        path = json["path"]?.stringValue ?? ""
        let object = json["headers"] ?? json
        headers = (object.members ?? []).compactMap { member in
            member.value.stringValue.map { (member.name.lowercased(), $0) }
        }
    }
}
