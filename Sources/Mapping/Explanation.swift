internal import JMESPath
package import JSON
internal import Schema

/// What a mapping did with one record, for people.
package struct Explanation: Sendable {
    package struct Line: Sendable {
        /// `id`, `time`, `ignore` or a field's name.
        package let name: String
        package let expression: String
        package let place: String
        /// The names and values that were read, values as canonical JSON.
        package let read: [(path: String, value: String)]
        /// The result as canonical JSON, or why there is none.
        package let result: Result<String, RecordFailure>
        /// The schema lacks the field, so it is left out.
        package let isOmitted: Bool
    }

    package let lines: [Line]
    /// The paths of the record's values that nothing read.
    ///
    /// The whole record, and what `context` takes, do not count: they take what the other expressions leave.
    package let unread: [String]
}

extension BoundMapping {
    /// Evaluates every expression on a record and notes what each read.
    ///
    /// - Parameters:
    ///   - record: in place on a document.
    ///   - root: the decoded body that it came from.
    ///   - context: what the delivery's records share.
    ///   - mapper: used for the evaluation.
    /// - Returns: a line for each expression, and what was left unread.
    package func explain(
        _ record: JSONValue,
        root: JSONValue,
        context: RecordContext,
        with mapper: RecordMapper
    ) -> Explanation {
        var leaves = Leaves()
        if case .node(let node) = root { leaves.addAround(node, path: "$") }
        if case .node(let node) = record { leaves.add(node, path: "") }
        var lines: [Explanation.Line] = []
        func add(_ name: String, _ expression: PlacedExpression, isOmitted: Bool = false) {
            var read: [UInt32] = []
            mapper.evaluation.reset(root: root)
            mapper.evaluation.bind("request", to: context.request)
            mapper.evaluation.bind("source", to: context.source)
            mapper.evaluation.bind("received_at", to: context.receivedAt)
            mapper.evaluation.onRead = { read.append($0.index) }
            defer { mapper.evaluation.onRead = nil }
            let result: Result<String, RecordFailure>
            do throws(RecordFailure) {
                result = .success(Explanation.text(try mapper.value(of: expression, record)))
            } catch {
                result = .failure(error)
            }
            lines.append(
                Explanation.Line(
                    name: name,
                    expression: expression.text,
                    place: expression.place,
                    read: leaves.take(read, counts: name != Explanation.restField)
                        + Explanation.variables(of: expression, context),
                    result: result,
                    isOmitted: isOmitted
                )
            )
        }
        if let ignore { add("ignore", ignore) }
        for id in ids { add("id", id) }
        if let time { add("time", time) }
        let rules = usesVendorSchema ? mapping.vendorSchema?.values ?? [] : mapping.event.fields
        for rule in rules { add(rule.field, rule.expression, isOmitted: schema.index(of: rule.field) == nil) }
        return Explanation(lines: lines, unread: leaves.unread)
    }
}

extension Explanation {
    /// The field that holds what no other field does.
    static let restField = "context"

    /// What an expression may read of the request, the source and the clock, and that is there.
    fileprivate static func variables(
        of expression: PlacedExpression,
        _ context: RecordContext
    ) -> [(path: String, value: String)] {
        expression.expression.paths.compactMap { path in
            guard let first = path.first, !path.contains("*") else { return nil }
            var value: JSONValue
            switch first {
            case "$request": value = context.request
            case "$source": value = context.source
            case "$received_at": value = context.receivedAt
            default: return nil
            }
            for name in path.dropFirst() { value = value.member(Array(name.utf8)) ?? .null }
            guard !value.isNull else { return nil }
            return (([first] + path.dropFirst().map(ExpressionName.quoted)).joined(separator: "."), text(value))
        }
    }

    fileprivate static func text(_ value: JSONValue) -> String {
        var writer = JSONWriter()
        writer.append(canonical: value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// The places of a record by their position on the tape, and which of them were read.
private struct Leaves {
    private var places: [UInt32: (path: String, value: JSONValue)] = [:]
    // The containers around each place, itself included.
    private var chains: [UInt32: [UInt32]] = [:]
    private var scalars: [UInt32] = []
    private var seen: Set<UInt32> = []

    mutating func add(_ node: JSONNode, path: String, inside chain: [UInt32] = []) {
        let chain = chain + [node.index]
        places[node.index] = (path.isEmpty ? "@" : path, node.value)
        chains[node.index] = chain
        if node.isObject {
            for member in node.members {
                let name = ExpressionName.quoted(member.name.string)
                add(member.node, path: path.isEmpty ? name : "\(path).\(name)", inside: chain)
            }
        } else if node.isArray {
            for (index, element) in node.elements.enumerated() {
                add(element, path: "\(path)[\(index)]", inside: chain)
            }
        } else {
            scalars.append(node.index)
        }
    }

    /// Adds what stands around a record, as far as expressions reach it from the root by names.
    mutating func addAround(_ node: JSONNode, path: String, depth: Int = 0) {
        places[node.index] = (path, node.value)
        guard node.isObject, depth < 4 else { return }
        for member in node.members {
            addAround(member.node, path: "\(path).\(ExpressionName.quoted(member.name.string))", depth: depth + 1)
        }
    }

    /// The places that an expression read.
    ///
    /// `counts` says whether what is inside of a container counts as read with it.
    mutating func take(_ indices: [UInt32], counts: Bool) -> [(path: String, value: String)] {
        var taken: [(path: String, value: String)] = []
        for index in indices {
            guard let place = places[index] else { continue }
            // The whole record is taken to be hashed or kept, which tells nothing about its parts.
            let isWhole = chains[index]?.count == 1 && !scalars.contains(index)
            if counts, !isWhole { seen.insert(index) }
            if !taken.contains(where: { $0.path == place.path }) {
                taken.append((place.path, Explanation.text(place.value)))
            }
        }
        return taken
    }

    var unread: [String] {
        scalars.compactMap { scalar in
            let isRead = chains[scalar]?.contains { seen.contains($0) } ?? false
            return isRead ? nil : places[scalar]?.path
        }
    }
}
