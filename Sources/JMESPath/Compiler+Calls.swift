internal import JSON

extension Compiler {
    mutating func call(
        _ nameBytes: [UInt8],
        _ arguments: [Syntax],
        at offset: Int
    ) throws(JMESPathError) -> Compiled {
        let name = String(decoding: nameBytes, as: UTF8.self)
        guard let function = hostFunctions[name] ?? Function.standardByName[name] else {
            throw unknownFunction(name, at: offset)
        }
        guard function.arity.contains(arguments.count) else {
            let message = "\(name)() takes \(function.listedArity), not \(arguments.count)"
            throw JMESPathError(.invalidArity, message, at: offset)
        }
        if name == "contains", hostFunctions[name] == nil, let texts = Compiler.texts(in: arguments[0]) {
            let value = try compile(arguments[1])
            try check(value, arguments[1], against: .any, of: name)
            return emit(.isOneOf(value.address, names(texts)), .boolean, at: offset)
        }
        var compiled: [Program.Argument] = []
        for (index, argument) in arguments.enumerated() {
            let value = try compile(argument)
            let parameter = function.parameters[min(index, function.parameters.count - 1)]
            try check(value, argument, against: parameter, of: name)
            let isExpression = value.types == .expression
            compiled.append(
                Program.Argument(
                    address: value.address,
                    offset: argument.offset,
                    isExpression: isExpression,
                    parameter: parameter
                )
            )
        }
        let constants = arguments.map { argument in
            if case .literal(let value) = argument.kind { value } else { nil as JSONValue? }
        }
        let body: Function.Body
        do throws(JMESPathError) { body = try function.prepare(constants) } catch { throw error.located(at: offset) }
        parts.calls.append(
            Program.Call(
                name: name,
                body: body,
                firstArgument: parts.arguments.count,
                count: compiled.count,
                isChecked: compiled.contains { !$0.isExpression && !$0.parameter.acceptsAnything }
            )
        )
        parts.arguments += compiled
        return emit(.call(Int32(parts.calls.count - 1)), function.result, at: offset)
    }

    /// The elements of a literal that is an array of texts; nil for anything else.
    private static func texts(in node: Syntax) -> [[UInt8]]? {
        guard case .literal(let literal) = node.kind, let elements = literal.elements else { return nil }
        let texts = elements.compactMap(\.stringBytes)
        return texts.count == elements.count ? texts : nil
    }

    /// Refuses an argument that cannot fit whatever the data is.
    private func check(
        _ compiled: Compiled,
        _ argument: Syntax,
        against parameter: ParameterType,
        of name: String
    ) throws(JMESPathError) {
        var fits = !compiled.types.isDisjoint(with: parameter.accepted)
        if case .literal(let value) = argument.kind { fits = parameter.accepts(value) }
        guard !fits else { return }
        let message = "\(name)() takes \(parameter.listed) here, not \(compiled.types.listed)"
        throw JMESPathError(.invalidType, message, at: argument.offset)
    }

    private func unknownFunction(_ name: String, at offset: Int) -> JMESPathError {
        let known = hostFunctions.keys.sorted() + Function.standardByName.keys.sorted()
        let hint = nearest(name, among: known).map { "; did you mean '\($0)'?" } ?? ""
        return JMESPathError(.unknownFunction, "unknown function '\(name)'\(hint)", at: offset)
    }
}
