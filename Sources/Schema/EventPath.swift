package import JSON

/// Where a vendor's events stand in a body: the part of JSONPath (RFC 9535) that names members and takes all elements.
///
///     $.logs[*].data
package struct EventPath: Equatable, Sendable {
    private enum Step: Equatable, Sendable {
        case member(String)
        case elements
    }

    /// Why a body does not have its events where they should be.
    package struct Fault: Equatable, Sendable {
        package enum Kind: Sendable { case missing, notAnArray, notAnObject }

        package let kind: Kind
        /// JSON pointer (RFC 6901) into the body.
        package let pointer: String
        /// The last member's name, for messages.
        package let name: String
    }

    /// As it was written.
    package let text: String
    private let steps: [Step]

    /// Reads a path; nil for one with anything else than `.name` and one `[*]`.
    package init?(_ text: String) {
        guard text.hasPrefix("$") else { return nil }
        var steps: [Step] = []
        var rest = text.dropFirst()
        while let first = rest.first {
            if rest.hasPrefix("[*]") {
                steps.append(.elements)
                rest = rest.dropFirst(3)
                continue
            }
            let name = rest.dropFirst().prefix { $0 != "." && $0 != "[" }
            guard first == ".", !name.isEmpty,
                name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
            else { return nil }
            steps.append(.member(String(name)))
            rest = rest.dropFirst(name.count + 1)
        }
        guard steps.count(where: { $0 == .elements }) <= 1 else { return nil }
        self.text = text
        self.steps = steps
    }

    private var split: Int { steps.firstIndex(of: .elements) ?? steps.count }

    /// What stands before the elements, and behind each of them.
    private var head: ArraySlice<Step> { steps[..<split] }
    private var tail: ArraySlice<Step> { steps[split...].dropFirst() }

    /// The JSON pointer to one of the events.
    ///
    /// - Parameters:
    ///   - index: its number in the body.
    ///   - root: the body, which may also be the bare array of the events.
    /// - Returns: such as `/logs/3/data`.
    package func pointer(toEvent index: Int, in root: JSONValue) -> String {
        let start = root.isArray ? "" : EventPath.pointer(head)
        return split == steps.count ? start : "\(start)/\(index)" + EventPath.pointer(tail)
    }

    /// What keeps the events from being where they should; the bare array of the events and one event alone are taken
    /// too.
    ///
    /// - Parameters:
    ///   - root: a body.
    ///   - limit: most faults that are told.
    /// - Returns: nothing for a body that is as it should be.
    package func faults(in root: JSONValue, limit: Int) -> [Fault] {
        if root.isArray { return elementFaults(root, at: "", limit: limit) }
        guard root.isObject else { return [Fault(kind: .notAnObject, pointer: "", name: "body")] }
        if split < steps.count, tail.first != nil, fault(tail, root, at: "") == nil { return [] }
        var value = root
        var pointer = ""
        var name = "body"
        for step in head {
            guard case .member(let member) = step else { break }
            pointer += "/\(member)"
            name = member
            guard let next = value.member(Array(member.utf8)), !next.isNull else {
                return [Fault(kind: .missing, pointer: pointer, name: name)]
            }
            value = next
        }
        guard split < steps.count else {
            return value.isObject ? [] : [Fault(kind: .notAnObject, pointer: pointer, name: name)]
        }
        guard value.isArray else { return [Fault(kind: .notAnArray, pointer: pointer, name: name)] }
        return elementFaults(value, at: pointer, limit: limit)
    }

    private func elementFaults(_ array: JSONValue, at pointer: String, limit: Int) -> [Fault] {
        var faults: [Fault] = []
        var index = 0
        array.forEachElement { element in
            defer { index += 1 }
            guard faults.count < limit, let fault = fault(tail, element, at: "\(pointer)/\(index)") else { return }
            faults.append(fault)
        }
        return faults
    }

    /// Why one element holds no event; nil when it does.
    private func fault(_ steps: ArraySlice<Step>, _ element: JSONValue, at pointer: String) -> Fault? {
        guard element.isObject else { return Fault(kind: .notAnObject, pointer: pointer, name: "entry") }
        var value = element
        var pointer = pointer
        var name = "entry"
        for step in steps {
            guard case .member(let member) = step else { break }
            pointer += "/\(member)"
            name = member
            guard let next = value.member(Array(member.utf8)), !next.isNull else {
                return Fault(kind: .missing, pointer: pointer, name: name)
            }
            value = next
        }
        return value.isObject ? nil : Fault(kind: .notAnObject, pointer: pointer, name: name)
    }

    private static func pointer(_ steps: ArraySlice<Step>) -> String {
        steps.map { step in
            switch step {
            case .member(let name): "/\(name)"
            case .elements: ""
            }
        }.joined()
    }
}
