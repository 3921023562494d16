/// Where an instruction stands in its program.
typealias Address = Int32

/// One compiled step: plain data, so that evaluating touches no reference count.
enum Instruction {
    /// The value a path starts from, without a copy.
    enum Start {
        case current
        case root
        /// A variable bound by `let`.
        case local(Int32)
        /// A variable bound by the host: its number among the program's names.
        case variable(Int32)
    }

    /// Names that stand next to each other in the program.
    struct Names {
        let first: Int32
        let count: Int32
    }

    /// Operands that stand next to each other in the program.
    struct Operands {
        let first: Int32
        let count: Int32

        var last: Int { Int(first) + Int(count) - 1 }
        var allButLast: Range<Int> { Int(first)..<last }
    }

    enum Projection {
        case elements
        case values
        case flattened
        case filtered(Address)
        /// The number of its slice.
        case slice(Int32)
    }

    /// Members of members, down from a start. `isWhole`: the value is used as it is, not gone into.
    case path(Start, Names, isWhole: Bool)
    /// Members of members of a computed value.
    case descend(Address, Names, isWhole: Bool)
    case literal(Int32)
    /// The second with the first's value as the current one.
    case sequence(Address, Address)
    case index(of: Address, Int32, isWhole: Bool)
    /// Without a body the elements stay as they are.
    case projection(Projection, of: Address, body: Address?)
    /// The first operand that is true, else the last.
    case or(Operands)
    /// The first operand that is false, else the last.
    case and(Operands)
    case not(Address)
    case equality(Address, Address, isNegated: Bool)
    /// Equality with a literal, which is not copied.
    case literalEquality(Address, literal: Int32, isNegated: Bool)
    /// Equality with a text, which is one of the program's names.
    case textEquality(Address, name: Int32, isNegated: Bool)
    /// Whether a value is one of some texts: `contains(`["a", "b"]`, value)`.
    case isOneOf(Address, Names)
    /// `type(value) == 'object'`.
    case typeEquality(Address, ValueTypes, isNegated: Bool)
    case order(Syntax.Comparison, Address, Address)
    case arithmetic(Syntax.Arithmetic, Address, Address)
    case sign(isNegative: Bool, Address)
    case ternary(Address, then: Address, else: Address)
    case list(Operands)
    /// A list without what is not true: `[a, b][?@]`.
    case trueOnes(Operands)
    /// The operands' names are the object's numbered ones.
    case object(Operands, names: Int32)
    case call(Int32)
    /// Puts the operands' values into locals from a slot on.
    case bind(Operands, slot: Int32, body: Address)
}

/// `[start:stop:step]`, where step is not 0.
struct Slice {
    let start: Int?
    let stop: Int?
    let step: Int

    /// The indices that the slice takes of `count` elements, as Python counts them.
    func indices(of count: Int) -> StrideTo<Int> {
        if step > 0 {
            let from = clamp(start, count, 0, 0...count)
            let to = clamp(stop, count, count, 0...count)
            return stride(from: from, to: max(from, to), by: step)
        }
        let from = clamp(start, count, count - 1, -1...(count - 1))
        let to = clamp(stop, count, -1, -1...(count - 1))
        return stride(from: from, to: min(from, to), by: step)
    }

    private func clamp(_ border: Int?, _ count: Int, _ missing: Int, _ range: ClosedRange<Int>) -> Int {
        guard var border else { return missing }
        if border < 0 { border += count }
        return min(max(border, range.lowerBound), range.upperBound)
    }
}
