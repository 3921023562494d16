internal import JSON

/// A first mapping for a vendor, guessed from a captured request by the names and shapes of its values.
///
/// It holds no value of the request but the names of members and headers.
package struct MappingDraft: Sendable {
    /// The file's text, which loads without problems.
    package let text: [UInt8]
    /// What was found for each part, for people; the expression, or nil for nothing.
    package let findings: [(part: String, expression: String?)]

    /// Why there is no draft.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(_ description: String) { self.description = description }
    }

    /// Drafts a mapping.
    ///
    /// - Parameters:
    ///   - vendor: letters a to z, digits, `-` and `_`.
    ///   - body: as it was captured, inflated: one JSON value, or JSON lines.
    ///   - headers: the request's, names in lower case.
    /// - Throws: the vendor's name is none, or the body is no JSON.
    package init(vendor: String, body: [UInt8], headers: [(name: String, value: String)]) throws(Failure) {
        guard !vendor.isEmpty, vendor.utf8.allSatisfy(MappingReader.isNameByte) else {
            throw Failure("a vendor's name has letters a to z, digits, '-' and '_' only, not '\(vendor)'")
        }
        let document = JSONDocument()
        let root = try MappingDraft.value(of: body, in: document)
        let place = RecordPlace(in: root)
        let fields = DraftFields(of: place.record, headers: headers, vendor: vendor)
        let proof = DraftProof(headers: headers)
        var members = [
            ("$schema", MappingDraft.quoted(MappingLibrary.schemaFile)), ("vendor", MappingDraft.quoted(vendor)),
            ("title", MappingDraft.quoted("\(vendor): drafted from one request, to be checked")),
            ("authenticate", proof.json),
        ]
        let records = place.path.map { ["records": $0] } ?? [:]
        members.append(("framing", MappingDraft.object([("format", MappingDraft.quoted("auto"))] + texts(records))))
        let event = [("id", MappingDraft.array(fields.ids))] + texts(fields.time.map { ["time": $0] } ?? [:])
        let values = MappingDraft.object(fields.fields.map { ($0.name, MappingDraft.quoted($0.expression)) })
        members.append(("event", MappingDraft.object(event + [("fields", values)])))
        if !fields.statuses.isEmpty {
            let rows = MappingDraft.object(fields.statuses.map { ($0.key, MappingDraft.quoted($0.status)) })
            members.append(("tables", MappingDraft.object([("status", rows)])))
        }
        let bytes = Array(MappingDraft.object(members).utf8)
        do throws(LocatedJSONError) {
            text = try LocatedJSON.parse(bytes).indented + [0x0A]
        } catch {
            throw Failure("the draft is no JSON: \(error.message)")
        }
        findings =
            [("records", place.path), ("sender", proof.words), ("id", fields.ids.first)]
            + DraftFields.names.map { name in (name, fields.fields.first { $0.name == name }?.expression) }
        func texts(_ members: [String: String]) -> [(String, String)] {
            members.map { ($0.key, MappingDraft.quoted($0.value)) }
        }
    }

    private static func value(of body: [UInt8], in document: JSONDocument) throws(Failure) -> JSONValue {
        // A first line alone is a value when the body is JSON lines.
        let line = body.split(separator: 0x0A).first { !$0.allSatisfy { $0 <= 0x20 } }.map(Array.init) ?? []
        for text in [body, line] {
            guard (try? document.parse(text)) != nil else { continue }
            if document.root.isObject || document.root.isArray { return document.root }
        }
        throw Failure("the body is neither a JSON object or array nor JSON lines")
    }

    // MARK: - Text

    static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.append(string: text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func array(_ texts: [String]) -> String { "[\(texts.map(quoted).joined(separator: ","))]" }

    static func object(_ members: [(String, String)]) -> String {
        "{\(members.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ","))}"
    }
}

/// Where the records of a body stand.
private struct RecordPlace {
    /// Nil for the body itself, or its elements.
    let path: String?
    let record: JSONValue

    private static let names = [
        "events", "records", "logs", "items", "entries", "value", "values", "results", "data", "audit", "activities",
        "notifications", "logevents",
    ]

    init(in root: JSONValue) {
        guard root.isObject else {
            path = nil
            record = root.elements?.first { $0.isObject } ?? .object([])
            return
        }
        var best = (path: String?.none, record: root, score: DraftFields.score(of: root))
        func look(at value: JSONValue, _ path: String, depth: Int) {
            for member in value.members ?? [] {
                let name = String(decoding: member.name, as: UTF8.self)
                let place = path.isEmpty ? ExpressionName.quoted(name) : "\(path).\(ExpressionName.quoted(name))"
                if let first = member.value.elements?.first, first.isObject {
                    let bonus = RecordPlace.names.contains(DraftLeaf.word(name)) ? 3 : 0
                    let score = DraftFields.score(of: first)
                    if score > 0, score + bonus > best.score { best = (place, first, score + bonus) }
                } else if depth < 2 {
                    look(at: member.value, place, depth: depth + 1)
                }
            }
        }
        look(at: root, "", depth: 1)
        path = best.path
        record = best.record
    }
}
