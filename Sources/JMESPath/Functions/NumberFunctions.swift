internal import JSON

extension Function {
    static let numberFunctions: [Function] = [
        Function(name: "abs", parameters: [.number], result: .number) { (_, arguments) throws(JMESPathError) in
            guard let number = Number(arguments[0]) else { return .null }
            switch number {
            case .whole(let value): return try Number.whole(value < 0 ? -value : value).value()
            case .real(let value): return .double(value.magnitude)
            }
        },
        Function(name: "ceil", parameters: [.number], result: .number) { (_, arguments) throws(JMESPathError) in
            Number.rounded(arguments[0], .up)
        },
        Function(name: "floor", parameters: [.number], result: .number) { (_, arguments) throws(JMESPathError) in
            Number.rounded(arguments[0], .down)
        },
        Function(name: "sum", parameters: [.array(of: .number)], result: .number) {
            (_, arguments) throws(JMESPathError) in
            try sum(arguments[0]).value()
        },
        Function(name: "avg", parameters: [.array(of: .number)], result: [.number, .null]) {
            (_, arguments) throws(JMESPathError) in
            guard let count = arguments[0].count, count > 0 else { return .null }
            switch sum(arguments[0]) {
            case .whole(let total) where total % Int128(count) == 0:
                return try Number.whole(total / Int128(count)).value()
            case .whole(let total): return .double(Double(total) / Double(count))
            case .real(let total): return try Number.real(total / Double(count)).value()
            }
        },
    ]

    /// Exact while all elements are whole.
    private static func sum(_ array: JSONValue) -> Number {
        var whole: Int128 = 0
        var real = 0.0
        var isWhole = true
        array.forEachElement { element in
            switch Number(element) {
            case .whole(let value): whole += value
            case .real(let value):
                real += value
                isWhole = false
            case nil: break
            }
        }
        return isWhole ? .whole(whole) : .real(real + Double(whole))
    }
}
