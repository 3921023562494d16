internal import JSON

/// Runs a program on values.
///
/// Lives on the stack of one evaluation only, whose caller holds the program and the evaluation; counting references to
/// them at every step would cost more than most steps.
struct Machine {
    /// What all steps share, so that the machine itself is one word and goes from step to step in a register.
    struct Frame {
        unowned(unsafe) let program: Program
        unowned(unsafe) let evaluation: Evaluation
        let code: UnsafePointer<Instruction>
        let names: UnsafePointer<MemberName>
        let operands: UnsafePointer<Address>
        let literals: UnsafePointer<JSONValue>
        let state: UnsafeMutablePointer<Evaluation.State>
        let stack: UnsafeMutablePointer<JSONValue>
        /// The values of `let`, by slot: a part of the stack.
        let locals: UnsafeMutablePointer<JSONValue>
    }

    let frame: UnsafePointer<Frame>

    var program: Program { frame.pointee.program }
    var evaluation: Evaluation { frame.pointee.evaluation }
    var state: UnsafeMutablePointer<Evaluation.State> { frame.pointee.state }
    var operands: UnsafePointer<Address> { frame.pointee.operands }

    /// The value of an instruction with a current value.
    @inline(__always)
    func value(_ address: Address, _ current: JSONValue) throws(JMESPathError) -> JSONValue {
        // The commonest instruction is left out of the function that does all others, which takes many registers.
        if case .path(let start, let names, let isWhole) = frame.pointee.code[Int(address)] {
            return try pathStep(start, names, isWhole, address, current)
        }
        return try step(address, current)
    }

    @inline(never)
    private func pathStep(
        _ start: Instruction.Start,
        _ names: Instruction.Names,
        _ isWhole: Bool,
        _ address: Address,
        _ current: JSONValue
    ) throws(JMESPathError) -> JSONValue {
        state.pointee.steps &-= 1
        if state.pointee.steps < 0 { throw exhausted(address) }
        return try path(start, names, isWhole, address, current)
    }

    @inline(never)
    private func step(_ address: Address, _ current: JSONValue) throws(JMESPathError) -> JSONValue {
        state.pointee.steps &-= 1
        if state.pointee.steps < 0 { throw exhausted(address) }
        switch frame.pointee.code[Int(address)] {
        case .path(let start, let names, let isWhole): return try path(start, names, isWhole, address, current)
        case .descend(let value, let names, let isWhole):
            return try descend(names, from: try self.value(value, current), isWhole)
        case .literal(let number): return frame.pointee.literals[Int(number)]
        case .sequence(let first, let second): return try value(second, try value(first, current))
        case .index(let array, let number, let isWhole):
            return try element(Int(number), of: try value(array, current), isWhole)
        case .projection(let projection, let base, let body):
            return try project(projection, try value(base, current), body, address)
        case .or(let operands): return try alternative(operands, current)
        case .and(let operands):
            for index in operands.allButLast {
                let found = try value(self.operands[index], current)
                if !found.isTrue { return found }
            }
            return try value(self.operands[operands.last], current)
        case .not(let operand): return .bool(!(try value(operand, current).isTrue))
        case .equality(let left, let right, let isNegated):
            return .bool(try areEqual(try value(left, current), try value(right, current)) != isNegated)
        case .literalEquality(let operand, let number, let isNegated):
            let found = try value(operand, current)
            return .bool(try areEqual(found, frame.pointee.literals[Int(number)]) != isNegated)
        case .textEquality(let operand, let number, let isNegated):
            let found = try value(operand, current)
            return .bool(isText(found, number) != isNegated)
        case .isOneOf(let operand, let names):
            let found = try value(operand, current)
            return .bool((names.first..<names.first + names.count).contains { isText(found, $0) })
        case .typeEquality(let operand, let types, let isNegated):
            return .bool(try value(operand, current).valueType.isSubset(of: types) != isNegated)
        case .order(let comparison, let left, let right):
            return order(comparison, try value(left, current), try value(right, current))
        case .arithmetic(let operation, let left, let right):
            return try arithmetic(operation, try value(left, current), try value(right, current), address)
        case .sign(let isNegative, let operand):
            let zero = JSONValue.integer(0)
            return try arithmetic(isNegative ? .subtract : .add, zero, try value(operand, current), address)
        case .ternary(let condition, let then, let otherwise):
            return try value(condition, current).isTrue ? try value(then, current) : try value(otherwise, current)
        case .list(let operands): return try list(operands, current)
        case .trueOnes(let operands): return try trueOnes(operands, current)
        case .object(let operands, let names): return try object(operands, Int(names), current)
        case .call(let number): return try call(Int(number), address, current)
        case .bind(let operands, let slot, let body): return try bind(operands, Int(slot), body, current)
        }
    }

    /// The first value that is true, else the last one.
    @inline(__always)
    private func alternative(
        _ operands: Instruction.Operands,
        _ current: JSONValue
    ) throws(JMESPathError) -> JSONValue {
        for index in operands.allButLast {
            let found = try value(self.operands[index], current)
            if found.isTrue { return found }
        }
        return try value(self.operands[operands.last], current)
    }

    @inline(never)
    private func exhausted(_ address: Address) -> JMESPathError {
        Evaluation.stepsExhausted.located(at: program.offset(of: address))
    }

    // MARK: - Paths

    @inline(__always)
    func path(
        _ start: Instruction.Start,
        _ names: Instruction.Names,
        _ isWhole: Bool,
        _ address: Address,
        _ current: JSONValue
    ) throws(JMESPathError) -> JSONValue {
        switch start {
        case .current: return try descend(names, from: current, isWhole)
        case .root: return try descend(names, from: state.pointee.root, isWhole)
        case .local(let slot): return try descend(names, from: frame.pointee.locals[Int(slot)], isWhole)
        case .variable(let number): return try descend(names, from: try variable(number, address), isWhole)
        }
    }

    @inline(never)
    private func variable(_ number: Int32, _ address: Address) throws(JMESPathError) -> JSONValue {
        let name = frame.pointee.names[Int(number)].bytes
        if let value = evaluation.value(of: name) { return value }
        let text = String(decoding: name, as: UTF8.self)
        throw JMESPathError(.undefinedVariable, "'$\(text)' has no value here", at: program.offset(of: address))
    }

    @inline(__always)
    private func descend(
        _ names: Instruction.Names,
        from value: JSONValue,
        _ isWhole: Bool
    ) throws(JMESPathError) -> JSONValue {
        guard case .node(let node) = value else { return try descendOwned(names, from: value, isWhole) }
        let path = UnsafeBufferPointer(start: frame.pointee.names + Int(names.first), count: Int(names.count))
        if state.pointee.isTracing && isWhole { report(node, path) }
        return node.value(at: path, steps: &state.pointee.steps, index: &state.pointee.index)
    }

    /// The same from a value that is not in place, whose members may be.
    @inline(never)
    private func descendOwned(
        _ names: Instruction.Names,
        from value: JSONValue,
        _ isWhole: Bool
    ) throws(JMESPathError) -> JSONValue {
        var value = value
        for index in 0..<names.count {
            if case .node = value {
                let rest = Instruction.Names(first: names.first + index, count: names.count - index)
                return try descend(rest, from: value, isWhole)
            }
            guard case .object(let members) = value else { return .null }
            try evaluation.charge(steps: members.count >> 3)
            let name = frame.pointee.names[Int(names.first + index)].bytes
            guard let member = value.member(UnsafeRawBufferPointer(name)) else { return .null }
            value = member
        }
        if state.pointee.isTracing && isWhole, case .node(let node) = value { report(node) }
        return value
    }

    @inline(never)
    func report(_ node: JSONNode) { evaluation.onRead?(node) }

    @inline(never)
    private func report(_ node: JSONNode, _ path: UnsafeBufferPointer<MemberName>) {
        if let end = node.descendant(path) { report(end) }
    }

    @inline(never)
    private func element(_ index: Int, of value: JSONValue, _ isWhole: Bool) throws(JMESPathError) -> JSONValue {
        switch value {
        case .array(let elements):
            let position = index < 0 ? elements.count + index : index
            return elements.indices.contains(position) ? elements[position] : .null
        case .node(let node) where node.isArray:
            var position = index
            if index < 0 {
                position += node.count
            }
            guard position >= 0 else { return .null }
            for element in node.elements {
                if position == 0 {
                    if state.pointee.isTracing && isWhole { report(element) }
                    return element.value
                }
                position -= 1
                state.pointee.steps &-= 1
                if state.pointee.steps < 0 { throw Evaluation.stepsExhausted }
            }
            return .null
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .node, .object: return .null
        }
    }

    // MARK: - Operators

    /// Numbers are compared with numbers and texts, by code points, with texts; anything else gives null.
    @inline(never)
    private func order(_ comparison: Syntax.Comparison, _ left: JSONValue, _ right: JSONValue) -> JSONValue {
        state.pointee.chargeReading(left)
        guard let order = left.order(to: right) else { return .null }
        switch comparison {
        case .less: return .bool(order < 0)
        case .lessOrEqual: return .bool(order <= 0)
        case .greater: return .bool(order > 0)
        case .greaterOrEqual: return .bool(order >= 0)
        case .equal: return .bool(order == 0)
        case .notEqual: return .bool(order != 0)
        }
    }

    /// Whether a value is the text that is one of the program's names.
    @inline(__always)
    private func isText(_ value: JSONValue, _ number: Int32) -> Bool {
        let text = UnsafeRawBufferPointer(frame.pointee.names[Int(number)].bytes)
        return value.withStringBytes { compareBytes($0, text) == 0 } ?? false
    }

    @inline(never)
    private func areEqual(_ left: JSONValue, _ right: JSONValue) throws(JMESPathError) -> Bool {
        state.pointee.chargeReading(left)
        let isEqual = left.isEqual(to: right, steps: &state.pointee.steps)
        if state.pointee.steps < 0 { throw Evaluation.stepsExhausted }
        return isEqual
    }

    @inline(never)
    private func arithmetic(
        _ operation: Syntax.Arithmetic,
        _ left: JSONValue,
        _ right: JSONValue,
        _ address: Address
    ) throws(JMESPathError) -> JSONValue {
        do throws(JMESPathError) {
            return try Number.compute(operation, left, right)
        } catch {
            throw error.located(at: program.offset(of: address))
        }
    }

    // MARK: - Containers, variables, calls

    @inline(never)
    private func list(_ operands: Instruction.Operands, _ current: JSONValue) throws(JMESPathError) -> JSONValue {
        if current.isNull { return .null }
        try evaluation.charge(outputBytes: 32 * Int(operands.count))
        var elements: [JSONValue] = []
        elements.reserveCapacity(Int(operands.count))
        for index in operands.first..<operands.first + operands.count {
            elements.append(try value(self.operands[Int(index)], current))
        }
        return .array(elements)
    }

    /// The elements of a list that are true.
    @inline(never)
    private func trueOnes(
        _ operands: Instruction.Operands,
        _ current: JSONValue
    ) throws(JMESPathError) -> JSONValue {
        if current.isNull { return .null }
        try evaluation.charge(steps: Int(operands.count))
        try evaluation.charge(outputBytes: 32 * Int(operands.count))
        var elements: [JSONValue] = []
        elements.reserveCapacity(Int(operands.count))
        for index in operands.first..<operands.first + operands.count {
            let element = try value(self.operands[Int(index)], current)
            if element.isTrue { elements.append(element) }
        }
        return .array(elements)
    }

    @inline(never)
    private func object(
        _ operands: Instruction.Operands,
        _ number: Int,
        _ current: JSONValue
    ) throws(JMESPathError) -> JSONValue {
        if current.isNull { return .null }
        try evaluation.charge(outputBytes: 32 * Int(operands.count))
        var members: [JSONMember] = []
        members.reserveCapacity(Int(operands.count))
        let names = program.objectNames[number]
        for index in 0..<Int(operands.count) {
            let address = self.operands[Int(operands.first) + index]
            members.append(JSONMember(name: names[index], value: try value(address, current)))
        }
        return .object(members)
    }

    @inline(never)
    private func bind(
        _ operands: Instruction.Operands,
        _ slot: Int,
        _ body: Address,
        _ current: JSONValue
    ) throws(JMESPathError) -> JSONValue {
        for index in 0..<Int(operands.count) {
            frame.pointee.locals[slot + index] = try value(self.operands[Int(operands.first) + index], current)
        }
        return try value(body, current)
    }

    @inline(never)
    private func call(_ number: Int, _ address: Address, _ current: JSONValue) throws(JMESPathError) -> JSONValue {
        let call = program.calls + number
        let arguments = program.arguments + call.pointee.firstArgument
        let count = call.pointee.count
        let base = state.pointee.top
        guard base + count <= Evaluation.stackCapacity else {
            throw JMESPathError(.budget, "calls are nested too deep", at: program.offset(of: address))
        }
        let values = frame.pointee.stack + base
        // Places are taken one by one, since an argument's own calls use those behind it.
        defer {
            values.deinitialize(count: state.pointee.top - base)
            state.pointee.top = base
        }
        for index in 0..<count {
            let argument = arguments + index
            (values + index).initialize(
                to: argument.pointee.isExpression ? .null : try value(argument.pointee.address, current)
            )
            state.pointee.top = base + index + 1
            state.pointee.chargeReading(values[index])
        }
        if call.pointee.isChecked {
            for index in 0..<count where !arguments[index].parameter.acceptsType(of: values[index]) {
                try check(index, of: call, arguments, values)
            }
        }
        do throws(JMESPathError) {
            let list = Arguments(values: values, count: count, arguments: arguments, machine: self)
            return try call.pointee.body(evaluation, list)
        } catch {
            throw error.located(at: program.offset(of: address))
        }
    }

    /// Looks closely at an argument whose type alone does not say that it may stand there.
    @inline(never)
    private func check(
        _ index: Int,
        of call: UnsafePointer<Program.Call>,
        _ arguments: UnsafePointer<Program.Argument>,
        _ values: UnsafePointer<JSONValue>
    ) throws(JMESPathError) {
        let parameter = arguments[index].parameter
        if arguments[index].isExpression { return }
        if parameter.elements != nil { try evaluation.charge(steps: values[index].count ?? 0) }
        if parameter.accepts(values[index]) { return }
        let found =
            parameter.accepted.contains(values[index].valueType)
            ? "an array of something else" : values[index].valueType.listed
        let message = "\(call.pointee.name)() takes \(parameter.listed) here, not \(found)"
        throw JMESPathError(.invalidType, message, at: arguments[index].offset)
    }
}
