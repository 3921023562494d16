internal import JSON

/// Checks a syntax tree and turns it into a ``Program``.
struct Compiler {
    /// What a program is made of.
    struct Parts {
        var code: [Instruction] = []
        var offsets: [Int] = []
        var names: [[UInt8]] = []
        var literals: [JSONValue] = []
        var operands: [Address] = []
        var slices: [Slice] = []
        var objectNames: [[[UInt8]]] = []
        var calls: [Program.Call] = []
        var arguments: [Program.Argument] = []
        var slotCount = 0
    }

    /// A compiled node and the types its value can have.
    struct Compiled {
        let address: Address
        let types: ValueTypes
    }

    private(set) var usedVariables: Set<String> = []
    private(set) var usesRoot = false
    var parts = Parts()
    let hostFunctions: [String: Function]
    private let hostVariables: Set<String>
    /// The names that `let` binds here, the innermost last; the index is the slot.
    private var locals: [[UInt8]] = []

    init(functions: [Function], variables: Set<String>) {
        hostFunctions = Dictionary(functions.map { ($0.name, $0) }) { _, last in last }
        hostVariables = variables
    }

    mutating func program(of syntax: Syntax) throws(JMESPathError) -> Program {
        let entry = try compile(syntax)
        return Program(parts, entry: entry.address)
    }

    mutating func emit(_ instruction: Instruction, _ types: ValueTypes, at offset: Int) -> Compiled {
        parts.code.append(instruction)
        parts.offsets.append(offset)
        return Compiled(address: Address(parts.code.count - 1), types: types)
    }

    mutating func operands(_ addresses: [Address]) -> Instruction.Operands {
        let first = Int32(parts.operands.count)
        parts.operands += addresses
        return Instruction.Operands(first: first, count: Int32(addresses.count))
    }

    mutating func names(_ names: [[UInt8]]) -> Instruction.Names {
        let first = Int32(parts.names.count)
        parts.names += names
        return Instruction.Names(first: first, count: Int32(names.count))
    }

    /// Compiles a node; `isWhole` tells whether its value is used as it is, or only parts of it are taken.
    mutating func compile(_ node: Syntax, isWhole: Bool = true) throws(JMESPathError) -> Compiled {
        switch node.kind {
        case .current, .root, .variable, .field: return try path(node, isWhole: isWhole)
        case .sequence(let left, let right):
            if let joined = Compiler.join(left, right) {
                if case .field = right.kind { return try path(joined, isWhole: isWhole) }
                return try compile(joined, isWhole: isWhole)
            }
            let first = try compile(left, isWhole: false)
            let second = try compile(right, isWhole: isWhole)
            return emit(.sequence(first.address, second.address), second.types, at: node.offset)
        case .literal(let value):
            parts.literals.append(value)
            return emit(.literal(Int32(parts.literals.count - 1)), value.valueType, at: node.offset)
        case .index(let value, let number):
            let array = try compile(value, isWhole: false)
            // An array has fewer elements than the border of 32 bits.
            return emit(.index(of: array.address, Int32(clamping: number), isWhole: isWhole), .any, at: node.offset)
        case .projection(let projection, let value, let body):
            return try project(projection, of: value, body, at: node.offset)
        case .or:
            let (chain, types) = try chain(Compiler.alternatives(of: node), isWhole: isWhole)
            return emit(.or(chain), types, at: node.offset)
        case .and:
            let (chain, types) = try chain(Compiler.conditions(of: node), isWhole: isWhole)
            return emit(.and(chain), types, at: node.offset)
        case .not(let value): return emit(.not(try compile(value).address), .boolean, at: node.offset)
        case .comparison(let kind, let left, let right): return try compare(kind, left, right, at: node.offset)
        case .arithmetic(let kind, let left, let right):
            let instruction = Instruction.arithmetic(kind, try operand(left), try operand(right))
            return emit(instruction, .number, at: node.offset)
        case .sign(let isNegative, let value):
            return emit(.sign(isNegative: isNegative, try operand(value)), .number, at: node.offset)
        case .ternary(let condition, let then, let otherwise):
            let first = try compile(condition)
            let second = try compile(then, isWhole: isWhole)
            let third = try compile(otherwise, isWhole: isWhole)
            let instruction = Instruction.ternary(first.address, then: second.address, else: third.address)
            return emit(instruction, second.types.union(third.types), at: node.offset)
        case .list(let items):
            var addresses: [Address] = []
            for item in items { addresses.append(try compile(item).address) }
            return emit(.list(operands(addresses)), [.array, .null], at: node.offset)
        case .object(let members): return try object(members, at: node.offset)
        case .call(let name, let arguments): return try call(name, arguments, at: node.offset)
        case .expression(let inner):
            let compiled = try compile(inner)
            return Compiled(address: compiled.address, types: .expression)
        case .bind(let bindings, let body): return try bind(bindings, body, isWhole: isWhole, at: node.offset)
        }
    }

    // MARK: - Chains

    /// `a`, `b` and `c` of `a || b || c`, however they are nested.
    private static func alternatives(of node: Syntax) -> [Syntax] {
        guard case .or(let left, let right) = node.kind else { return [node] }
        return alternatives(of: left) + alternatives(of: right)
    }

    /// `a`, `b` and `c` of `a && b && c`, however they are nested.
    private static func conditions(of node: Syntax) -> [Syntax] {
        guard case .and(let left, let right) = node.kind else { return [node] }
        return conditions(of: left) + conditions(of: right)
    }

    private mutating func chain(
        _ nodes: [Syntax],
        isWhole: Bool
    ) throws(JMESPathError) -> (operands: Instruction.Operands, types: ValueTypes) {
        var addresses: [Address] = []
        var types: ValueTypes = []
        for node in nodes {
            let compiled = try compile(node, isWhole: isWhole)
            addresses.append(compiled.address)
            types.formUnion(compiled.types)
        }
        return (operands(addresses), types)
    }

    // MARK: - Paths

    /// The right side with every place where it begins at the current value put onto the left side, so that
    /// `a.b[0].c` and `a | b` need no step between; nil when the right side begins with something else.
    private static func join(_ left: Syntax, _ right: Syntax) -> Syntax? {
        switch right.kind {
        case .current: left
        case .field: Syntax(.sequence(left, right), at: right.offset)
        case .sequence(let first, let second): join(left, first).map { Syntax(.sequence($0, second), at: right.offset) }
        case .index(let value, let number): join(left, value).map { Syntax(.index(of: $0, number), at: right.offset) }
        case .projection(let projection, let value, let body):
            join(left, value).map { Syntax(.projection(projection, of: $0, body: body), at: right.offset) }
        case .root, .variable, .literal, .or, .and, .not, .comparison, .arithmetic, .sign, .ternary, .list, .object,
            .call,
            .expression, .bind:
            nil
        }
    }

    /// Compiles a chain of members to one instruction.
    private mutating func path(_ node: Syntax, isWhole: Bool) throws(JMESPathError) -> Compiled {
        var chain: [[UInt8]] = []
        var base = node
        while true {
            if case .field(let name) = base.kind {
                chain.append(name)
                base = Syntax(.current, at: base.offset)
            } else if case .sequence(let left, let right) = base.kind, case .field(let name) = right.kind {
                chain.append(name)
                base = left
            } else if case .sequence(let left, let right) = base.kind, let joined = Compiler.join(left, right) {
                // The right side is no field alone, so this ends.
                guard case .sequence(_, let last) = joined.kind, case .field = last.kind else { break }
                base = joined
            } else {
                break
            }
        }
        chain.reverse()
        let start: Instruction.Start? = try start(of: base)
        if let start {
            let instruction = Instruction.path(start, names(chain), isWhole: isWhole)
            return emit(instruction, .any, at: base.offset)
        }
        let value = try compile(base, isWhole: false)
        return emit(.descend(value.address, names(chain), isWhole: isWhole), .any, at: node.offset)
    }

    private mutating func start(of base: Syntax) throws(JMESPathError) -> Instruction.Start? {
        switch base.kind {
        case .current: return .current
        case .root:
            usesRoot = true
            return .root
        case .variable(let name):
            if let slot = locals.lastIndex(of: name) { return .local(Int32(slot)) }
            let text = String(decoding: name, as: UTF8.self)
            guard hostVariables.contains(text) else { throw unknownVariable(text, at: base.offset) }
            usedVariables.insert(text)
            return .variable(names([name]).first)
        default: return nil
        }
    }

    private func unknownVariable(_ name: String, at offset: Int) -> JMESPathError {
        let known = locals.map { String(decoding: $0, as: UTF8.self) } + hostVariables.sorted()
        let hint = nearest(name, among: known).map { "; did you mean '$\($0)'?" } ?? ""
        return JMESPathError(.undefinedVariable, "unknown variable '$\(name)'\(hint)", at: offset)
    }

    // MARK: - Projections, operators, containers

    private mutating func project(
        _ projection: Syntax.Projection,
        of value: Syntax,
        _ body: Syntax,
        at offset: Int
    ) throws(JMESPathError) -> Compiled {
        if case .list(let items) = value.kind, case .filtered(let condition) = projection, condition.isCurrent,
            body.isCurrent
        {
            var addresses: [Address] = []
            for item in items { addresses.append(try compile(item).address) }
            return emit(.trueOnes(operands(addresses)), [.array, .null], at: offset)
        }
        let base = try compile(value, isWhole: false)
        var types: ValueTypes = [.array, .null]
        let compiled: Instruction.Projection
        switch projection {
        case .elements: compiled = .elements
        case .values: compiled = .values
        case .flattened: compiled = .flattened
        case .filtered(let condition): compiled = .filtered(try compile(condition).address)
        case .slice(let start, let stop, let step):
            guard step != 0 else { throw JMESPathError(.invalidValue, "a slice's step is not 0", at: offset) }
            parts.slices.append(Slice(start: start, stop: stop, step: step))
            compiled = .slice(Int32(parts.slices.count - 1))
            types = .any
        }
        let bodyAddress = body.isCurrent ? nil : try compile(body).address
        return emit(.projection(compiled, of: base.address, body: bodyAddress), types, at: offset)
    }

    private mutating func compare(
        _ kind: Syntax.Comparison,
        _ left: Syntax,
        _ right: Syntax,
        at offset: Int
    ) throws(JMESPathError) -> Compiled {
        guard kind == .equal || kind == .notEqual else {
            let first = try compile(left)
            let second = try compile(right)
            return emit(.order(kind, first.address, second.address), [.boolean, .null], at: offset)
        }
        let isNegated = kind == .notEqual
        for (literal, other) in [(right, left), (left, right)] {
            guard case .literal(let value) = literal.kind else { continue }
            if let text = value.stringBytes {
                if let operand = operandOfType(other) {
                    let instruction = Instruction.typeEquality(
                        try compile(operand).address,
                        ValueTypes(named: text),
                        isNegated: isNegated
                    )
                    return emit(instruction, .boolean, at: offset)
                }
                let address = try compile(other).address
                let name = names([text]).first
                return emit(.textEquality(address, name: name, isNegated: isNegated), .boolean, at: offset)
            }
            let address = try compile(other).address
            parts.literals.append(value)
            let number = Int32(parts.literals.count - 1)
            return emit(.literalEquality(address, literal: number, isNegated: isNegated), .boolean, at: offset)
        }
        let first = try compile(left)
        let second = try compile(right)
        return emit(.equality(first.address, second.address, isNegated: isNegated), .boolean, at: offset)
    }

    /// `a` of `type(a)`; nil for anything else, and where the host has a function of that name.
    private func operandOfType(_ node: Syntax) -> Syntax? {
        guard case .call(let name, let arguments) = node.kind, name.elementsEqual("type".utf8), arguments.count == 1,
            hostFunctions["type"] == nil
        else { return nil }
        if case .expression = arguments[0].kind { return nil }
        return arguments[0]
    }

    /// An operand of arithmetic, which must be able to be a number.
    private mutating func operand(_ node: Syntax) throws(JMESPathError) -> Address {
        let value = try compile(node)
        guard value.types.contains(.number) else {
            throw JMESPathError(.notANumber, "arithmetic takes numbers, not \(value.types.listed)", at: node.offset)
        }
        return value.address
    }

    /// Of members with the same name the last counts, at the first one's place.
    private mutating func object(
        _ members: [(name: [UInt8], value: Syntax)],
        at offset: Int
    ) throws(JMESPathError) -> Compiled {
        var names: [[UInt8]] = []
        var places: [[UInt8]: Int] = [:]
        var addresses: [Address] = []
        for member in members {
            let address = try compile(member.value).address
            if let place = places[member.name] {
                addresses[place] = address
            } else {
                places[member.name] = names.count
                names.append(member.name)
                addresses.append(address)
            }
        }
        parts.objectNames.append(names)
        let number = Int32(parts.objectNames.count - 1)
        return emit(.object(operands(addresses), names: number), [.object, .null], at: offset)
    }

    /// The values are computed before any of the names is known (JEP 18).
    private mutating func bind(
        _ bindings: [(name: [UInt8], value: Syntax)],
        _ body: Syntax,
        isWhole: Bool,
        at offset: Int
    ) throws(JMESPathError) -> Compiled {
        let slot = locals.count
        var addresses: [Address] = []
        for (index, binding) in bindings.enumerated() {
            // A let inside a value must not use the slots that were filled before it.
            addresses.append(try compile(binding.value).address)
            locals.append(Array("\u{0}\(index)".utf8))
        }
        locals.removeLast(bindings.count)
        locals += bindings.map(\.name)
        parts.slotCount = max(parts.slotCount, locals.count)
        let compiled = try compile(body, isWhole: isWhole)
        locals.removeLast(bindings.count)
        let instruction = Instruction.bind(operands(addresses), slot: Int32(slot), body: compiled.address)
        return emit(instruction, compiled.types, at: offset)
    }
}
