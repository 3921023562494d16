internal import JSON

/// A compiled expression: instructions and what they refer to by number.
// Immutable once made; the pointers are to memory of its own. So any number of threads may run it.
final class Program: @unchecked Sendable {
    let code: UnsafePointer<Instruction>
    let names: UnsafePointer<MemberName>
    let literals: UnsafePointer<JSONValue>
    let operands: UnsafePointer<Address>
    let calls: UnsafePointer<Call>
    let arguments: UnsafePointer<Argument>
    let slices: [Slice]
    let objectNames: [[[UInt8]]]
    let entry: Address
    /// How many values `let` holds at once.
    let slotCount: Int
    /// For each instruction the place in the text where its error is shown.
    private let offsets: [Int]
    private let counts: (code: Int, names: Int, literals: Int, operands: Int, calls: Int, arguments: Int)

    /// One call of a function.
    struct Call {
        let name: String
        let body: Function.Body
        /// Its arguments stand next to each other in the program.
        let firstArgument: Int
        let count: Int
        /// Whether any parameter is choosy.
        let isChecked: Bool
    }

    /// One argument of a call and what its parameter accepts.
    struct Argument {
        let address: Address
        /// Where the argument stands in the text.
        let offset: Int
        /// Whether it is an `&expression`, which the function evaluates itself.
        let isExpression: Bool
        let parameter: ParameterType
    }

    init(_ parts: Compiler.Parts, entry: Address) {
        code = Program.copy(parts.code)
        literals = Program.copy(parts.literals)
        operands = Program.copy(parts.operands)
        calls = Program.copy(parts.calls)
        arguments = Program.copy(parts.arguments)
        names = Program.copy(parts.names.map { MemberName(UnsafeBufferPointer(Program.copied($0))) })
        counts = (
            parts.code.count, parts.names.count, parts.literals.count, parts.operands.count, parts.calls.count,
            parts.arguments.count
        )
        slices = parts.slices
        objectNames = parts.objectNames
        offsets = parts.offsets
        slotCount = parts.slotCount
        self.entry = entry
    }

    deinit {
        for index in 0..<counts.names { names[index].bytes.deallocate() }
        Program.free(code, counts.code)
        Program.free(names, counts.names)
        Program.free(literals, counts.literals)
        Program.free(operands, counts.operands)
        Program.free(calls, counts.calls)
        Program.free(arguments, counts.arguments)
    }

    func offset(of address: Address) -> Int { offsets[Int(address)] }

    private static func copied<Element>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
        // At least one, so that there is always an address.
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        let buffer = UnsafeMutableBufferPointer(start: memory, count: elements.count)
        _ = buffer.initialize(from: elements)
        return buffer
    }

    private static func copy<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        memory.initialize(from: elements, count: elements.count)
        return UnsafePointer(memory)
    }

    private static func free<Element>(_ memory: UnsafePointer<Element>, _ count: Int) {
        let memory = UnsafeMutablePointer(mutating: memory)
        memory.deinitialize(count: count)
        memory.deallocate()
    }
}
