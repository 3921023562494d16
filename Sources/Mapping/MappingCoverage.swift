package import JMESPath
package import JSON
internal import Schema

/// What the rules of a mapping made of one record, and which of its values none of them read: for counting.
///
/// Unlike ``Explanation`` it holds no value of the record.
package struct MappingCoverage: Sendable {
    package enum Outcome: String, Sendable, CaseIterable {
        /// The rule gave a value.
        case given
        /// It gave nothing.
        case absent
        /// It could not be evaluated.
        case failed
    }

    /// `id[0]`, `time`, `ignore` or the name of a field, each with what it gave.
    package private(set) var outcomes: [(rule: String, outcome: Outcome)] = []
    /// The paths of the values that no rule read, elements of arrays as `[*]`, each once.
    package private(set) var unread: [String] = []

    /// How many values of a record are looked at, and how many paths with how many characters are told.
    private static let maximumValues = 2000, maximumPaths = 100, maximumLength = 100

    private var seen: Set<UInt32> = []
    private var values = 0

    /// Evaluates every rule.
    ///
    /// - Parameters:
    ///   - mapping: whose rules.
    ///   - record: in place on a document.
    ///   - root: the decoded body that it came from.
    ///   - context: what the delivery's records share.
    ///   - evaluation: holds the budget; nothing of the record is left in it.
    package init(
        of mapping: BoundMapping,
        record: JSONValue,
        root: JSONValue,
        context: RecordContext,
        in evaluation: Evaluation
    ) {
        evaluation.reset(root: root)
        evaluation.bind("request", to: context.request)
        evaluation.bind("source", to: context.source)
        evaluation.bind("received_at", to: context.receivedAt)
        defer {
            evaluation.onRead = nil
            evaluation.reset(root: .null)
        }
        var recordIndex: UInt32?
        if case .node(let node) = record { recordIndex = node.index }
        for (name, expression) in MappingCoverage.rules(of: mapping) {
            var read: Set<UInt32> = []
            evaluation.begin(root: root)
            evaluation.onRead = { read.insert($0.index) }
            do throws(JMESPathError) {
                let value = try expression.evaluate(record, in: evaluation)
                let isGiven = name == "ignore" ? value.isTrue : !mapping.isAbsent(value)
                outcomes.append((name, isGiven ? .given : .absent))
            } catch {
                outcomes.append((name, .failed))
            }
            // What takes the whole record, or what is left of it, tells nothing about its parts.
            if let recordIndex { read.remove(recordIndex) }
            if name != Explanation.restField { seen.formUnion(read) }
        }
        if case .node(let node) = record { listUnread(node, path: "") }
    }

    private static func rules(of mapping: BoundMapping) -> [(name: String, expression: PlacedExpression)] {
        let fields =
            mapping.usesVendorSchema ? mapping.mapping.vendorSchema?.values ?? [] : mapping.mapping.event.fields
        return (mapping.ignore.map { [("ignore", $0)] } ?? [])
            + mapping.ids.enumerated().map { ("id[\($0.offset)]", $0.element) }
            + (mapping.time.map { [("time", $0)] } ?? [])
            + fields.filter { mapping.schema.index(of: $0.field) != nil }.map { ($0.field, $0.expression) }
    }

    private mutating func listUnread(_ node: JSONNode, path: String) {
        guard values < MappingCoverage.maximumValues, !seen.contains(node.index) else { return }
        values += 1
        if node.isObject {
            for member in node.members {
                let name = ExpressionName.quoted(member.name.string)
                listUnread(member.node, path: path.isEmpty ? name : "\(path).\(name)")
            }
        } else if node.isArray {
            for element in node.elements { listUnread(element, path: "\(path)[*]") }
        } else {
            let told = String(path.prefix(MappingCoverage.maximumLength))
            guard unread.count < MappingCoverage.maximumPaths, !unread.contains(told) else { return }
            unread.append(told)
        }
    }
}
