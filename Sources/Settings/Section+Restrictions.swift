internal import JSON
internal import Restriction
internal import Schema

/// The rules of a `restrict` object, before it is known for which schema.
struct WrittenRestriction {
    let rules: [FieldRule]
    /// Where each rule's field stands.
    let places: [String: SettingsProblem.Place]
    private let validation: Validation

    fileprivate init(rules: [FieldRule], places: [String: SettingsProblem.Place], validation: Validation) {
        self.rules = rules
        self.places = places
        self.validation = validation
    }

    /// Compiles the rules for a log; nil after a problem.
    func compiled(for schema: EventSchema, log: String) -> FieldRestriction? {
        do throws(RestrictionError) {
            return try FieldRestriction(rules: rules, schema: schema)
        } catch {
            for problem in error.problems {
                validation.problem(
                    "in the log '\(log)' " + problem.message,
                    at: places[problem.field] ?? validation.place(nil)
                )
            }
            return nil
        }
    }
}

extension Section {
    func restriction(_ key: Key) -> WrittenRestriction {
        var rules: [FieldRule] = []
        var places: [String: SettingsProblem.Place] = [:]
        for member in members(key) {
            places[member.name] = validation.place(member.namePosition)
            if let rule = rule(member, name: "\(name(of: key)).\(member.name)") { rules.append(rule) }
        }
        return WrittenRestriction(rules: rules, places: places, validation: validation)
    }

    private func rule(_ member: LocatedJSON.Member, name: String) -> FieldRule? {
        if let elements = member.value.elements {
            return any(elements, of: member.value, name: name).map { FieldRule(field: member.name, condition: $0) }
        }
        guard member.value.members != nil else {
            let example =
                "a list of allowed values such as [\"acme\"], or an object with 'in', 'not', 'prefix' or 'cidr'"
            return refuse(member.value, "\(name) must be \(example), not \(member.value.typeName)")
        }
        let section = Section<ConditionKey>(member.value, path: name, in: validation)
        let isRequired = section.bool(.required) ?? false
        return section.condition(isRuleItself: true).map {
            FieldRule(field: member.name, isRequired: isRequired, condition: $0)
        }
    }

    /// A condition that holds when any of a list's elements does; nil after a problem.
    fileprivate func any(_ elements: [LocatedJSON], of list: LocatedJSON, name: String) -> FieldRule.Condition? {
        guard !elements.isEmpty else { return refuse(list, "\(name) lists no value; remove it or list what it means") }
        let conditions = elements.enumerated().map { condition($1, name: "\(name)[\($0)]") }
        let good = conditions.compactMap { $0 }
        return good.count == conditions.count ? .any(good) : nil
    }

    private func condition(_ json: LocatedJSON, name: String) -> FieldRule.Condition? {
        switch json.kind {
        case .string(let text): return .equals(.text(text))
        case .integer(let number): return .equals(.integer(number))
        case .bool(let value): return .equals(.bool(value))
        case .object: return Section<ConditionKey>(json, path: name, in: validation).condition(isRuleItself: false)
        case .null, .double, .array:
            return refuse(json, name, "a string, a whole number, true, false, {\"prefix\": …} or {\"cidr\": …}")
        }
    }
}

extension Section where Key == ConditionKey {
    /// Every test of an object together; nil after a problem.
    fileprivate func condition(isRuleItself: Bool) -> FieldRule.Condition? {
        var conditions: [FieldRule.Condition?] = []
        for key in ConditionKey.allCases {
            guard let json = self[key] else { continue }
            switch key {
            case .in: conditions.append(any(elements(.in), of: json, name: name(of: .in)))
            case .not: conditions.append(any(elements(.not), of: json, name: name(of: .not)).map { .not($0) })
            case .prefix: conditions.append(text(.prefix).map { .prefix($0.value) })
            case .cidr: conditions.append(text(.cidr).flatMap { network($0) }.map { .network($0) })
            case .required:
                guard !isRuleItself else { continue }
                validation.problem(
                    "'required' belongs to a field, not to one of its values; write {\"required\": true, \"in\": […]}",
                    at: validation.place(json.position)
                )
            }
        }
        if conditions.isEmpty, !isRuleItself || self[.required]?.boolValue != true {
            validation.problem("\(path) restricts nothing; give it 'in', 'not', 'prefix' or 'cidr'", at: place)
            return nil
        }
        let good = conditions.compactMap { $0 }
        guard good.count == conditions.count else { return nil }
        return good.count == 1 ? good[0] : .all(good)
    }
}

extension Section {
    /// A network in CIDR notation, written with its first address; nil after a problem.
    func network(_ text: Located<String>) -> IPNetwork? {
        guard let network = IPNetwork(text.value) else {
            validation.problem("'\(text.value)' is not a network such as 10.0.0.0/8 or 2001:db8::/32", at: text.place)
            return nil
        }
        let written = text.value.prefix { $0 != "/" }
        if IPAddress(String(written)) != network.address {
            validation.problem(
                "'\(text.value)' has bits set behind its length; write \(network), or \(written) for the one address",
                at: text.place
            )
            return nil
        }
        return network
    }
}
