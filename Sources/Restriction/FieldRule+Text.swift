internal import JSON

/// Rules as text that a later process of ours reads back, for what was accepted under them.
///
///     [{"condition":{"equals":"acme"},"field":"tenant_id","is_required":false}]
///
/// The same rules give the same text.
extension FieldRule {
    package static func text(of rules: [FieldRule]) -> [UInt8] {
        var writer = JSONWriter()
        writer.append(canonical: .array(rules.map(\.json)))
        return writer.bytes
    }

    /// Reads what ``text(of:)`` wrote; nil for anything else.
    package static func rules(in text: [UInt8]) -> [FieldRule]? {
        let document = JSONDocument()
        guard (try? document.parse(text)) != nil, let elements = document.root.elements else { return nil }
        let rules = elements.compactMap { FieldRule($0) }
        return rules.count == elements.count ? rules : nil
    }

    private var json: JSONValue {
        .object([
            JSONMember("field", .string(field)), JSONMember("is_required", .bool(isRequired)),
            JSONMember("condition", condition.json),
        ])
    }

    private init?(_ json: JSONValue) {
        guard let field = json["field"]?.stringValue, let isRequired = json["is_required"]?.boolValue,
            let condition = json["condition"].flatMap({ Condition($0) })
        else { return nil }
        self.init(field: field, isRequired: isRequired, condition: condition)
    }
}

extension FieldRule.Condition {
    fileprivate var json: JSONValue {
        switch self {
        case .equals(.text(let text)): .object([JSONMember("equals", .string(text))])
        case .equals(.integer(let number)): .object([JSONMember("equals", .integer(number))])
        case .equals(.bool(let bool)): .object([JSONMember("equals", .bool(bool))])
        case .prefix(let text): .object([JSONMember("prefix", .string(text))])
        case .network(let network): .object([JSONMember("network", .string("\(network)"))])
        case .any(let conditions): .object([JSONMember("any", .array(conditions.map(\.json)))])
        case .all(let conditions): .object([JSONMember("all", .array(conditions.map(\.json)))])
        case .not(let condition): .object([JSONMember("not", condition.json)])
        }
    }

    fileprivate init?(_ json: JSONValue) {
        guard let member = json.members?.first, json.members?.count == 1 else { return nil }
        func list() -> [FieldRule.Condition]? {
            guard let elements = member.value.elements else { return nil }
            let conditions = elements.compactMap { FieldRule.Condition($0) }
            return conditions.count == elements.count ? conditions : nil
        }
        let condition: FieldRule.Condition?
        switch String(decoding: member.name, as: UTF8.self) {
        case "equals":
            condition =
                member.value.stringValue.map { .equals(.text($0)) }
                ?? member.value.integerValue.map { .equals(.integer($0)) }
                ?? member.value.boolValue.map { .equals(.bool($0)) }
        case "prefix": condition = member.value.stringValue.map { .prefix($0) }
        case "network": condition = member.value.stringValue.flatMap { IPNetwork($0) }.map { .network($0) }
        case "any": condition = list().map { .any($0) }
        case "all": condition = list().map { .all($0) }
        case "not": condition = FieldRule.Condition(member.value).map { .not($0) }
        default: condition = nil
        }
        guard let condition else { return nil }
        self = condition
    }
}
