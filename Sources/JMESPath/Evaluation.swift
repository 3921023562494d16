package import JSON

/// What expressions are evaluated in: the root, the host's variables, a budget and memory that is reused.
///
/// Belongs to one thread at a time; keep one and ``reset(root:)`` it for every record, and whenever a document whose
/// values it has seen was parsed anew.
package final class Evaluation {
    /// What evaluating touches at every step, kept outside the object so that no access is checked for overlap.
    struct State {
        var steps = 0
        var outputBytes = 0
        var root = JSONValue.null
        /// The first free place on the stack of values.
        var top = 0
        /// Evaluations inside each other, through host functions.
        var depth = 0
        var isTracing = false
        /// What ``Evaluation/maximumSteps`` and ``Evaluation/maximumOutputBytes`` say.
        var maximumSteps = 100_000
        var maximumOutputBytes = 4 << 20
        /// How many documents hold values of the record under way.
        var usedDocuments = 0
        /// Of the object that the record's expressions ask again and again.
        var index = MemberIndex()
    }

    struct Variable {
        let name: [UInt8]
        /// Nil while it is not bound.
        var value: JSONValue?
    }

    /// Values of `let` and arguments of calls that are under way at once; a call beyond it is over the budget.
    static let stackCapacity = 4096
    static let maximumDepth = 16
    /// Documents that ``parse(_:)`` keeps for the next record.
    private static let keptDocuments = 16
    /// The length of a text whose document is kept.
    private static let keptTextBytes = 1 << 20

    /// Steps allowed until the next reset: about one an operator, an element passed or eight members passed.
    package var maximumSteps: Int {
        get { state.pointee.maximumSteps }
        set { state.pointee.maximumSteps = newValue }
    }
    /// Bytes that may be built until the next reset: the bytes of texts, and 32 for each element or member.
    package var maximumOutputBytes: Int {
        get { state.pointee.maximumOutputBytes }
        set { state.pointee.maximumOutputBytes = newValue }
    }

    /// Called with each value of a document that an expression used as it is, for explaining what it read.
    ///
    /// Containers that were only gone into are left out. Costs nothing while it is nil.
    package var onRead: ((JSONNode) -> Void)? {
        didSet { state.pointee.isTracing = onRead != nil }
    }

    let state: UnsafeMutablePointer<State>
    let stack: UnsafeMutablePointer<JSONValue>
    private var variables: [Variable] = []
    /// Those of ``parse(_:)``, of which the first are in use.
    private(set) var documents: [JSONDocument] = []

    package init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        stack = .allocate(capacity: Evaluation.stackCapacity)
        reset(root: .null)
    }

    deinit {
        // Nothing is on the stack between two evaluations.
        stack.deallocate()
        state.pointee.index.deallocate()
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Begins a new record: another root, no variables, a full budget; values from ``parse(_:)`` become invalid.
    package func reset(root: JSONValue) {
        begin(root: root)
        for index in variables.indices { variables[index].value = nil }
    }

    /// Begins a new record whose variables are those of the one before.
    ///
    /// The budget is full again; values from ``parse(_:)`` become invalid.
    package func begin(root: JSONValue) {
        state.pointee.root = root
        state.pointee.index.forget()
        refill()
        if state.pointee.usedDocuments == 0 { return }
        for document in documents.prefix(state.pointee.usedDocuments) {
            document.releaseMemory(above: Evaluation.keptTextBytes)
        }
        if documents.count > Evaluation.keptDocuments {
            documents.removeLast(documents.count - Evaluation.keptDocuments)
        }
        state.pointee.usedDocuments = 0
    }

    package func reset(root: JSONValue, variables: KeyValuePairs<String, JSONValue>) {
        reset(root: root)
        for (name, value) in variables { bind(name, to: value) }
    }

    /// Makes the budget full again without a reset.
    package func refill() {
        state.pointee.steps = maximumSteps
        state.pointee.outputBytes = maximumOutputBytes
    }

    /// Gives a variable, named without `$`, a value until the next reset.
    package func bind(_ name: String, to value: JSONValue) {
        for index in variables.indices where variables[index].name.elementsEqual(name.utf8) {
            variables[index].value = value
            return
        }
        variables.append(Variable(name: Array(name.utf8), value: value))
    }

    /// The root, `$`.
    package var root: JSONValue { state.pointee.root }

    /// Parses JSON text into memory of this evaluation; nil when it is no JSON.
    ///
    /// The value is valid until the next reset. Throws `budget` when the text is longer than what may be built.
    package func parse(_ bytes: UnsafeRawBufferPointer) throws(JMESPathError) -> JSONValue? {
        try charge(outputBytes: bytes.count)
        if state.pointee.usedDocuments == documents.count { documents.append(JSONDocument()) }
        let document = documents[state.pointee.usedDocuments]
        do throws(JSONError) {
            try document.parse(bytes)
        } catch {
            return nil
        }
        state.pointee.usedDocuments += 1
        return document.root
    }

    // MARK: - Budget

    /// Takes steps from the budget; a host function calls it in proportion to its work.
    package func charge(steps: Int) throws(JMESPathError) {
        state.pointee.steps &-= steps
        if state.pointee.steps < 0 { throw Evaluation.stepsExhausted }
    }

    /// Takes bytes from the budget; a host function calls it for what it builds.
    package func charge(outputBytes: Int) throws(JMESPathError) {
        state.pointee.outputBytes &-= outputBytes
        if state.pointee.outputBytes < 0 { throw Evaluation.outputExhausted }
    }

    /// What was taken of both budgets since they were full.
    package var spent: (steps: Int, outputBytes: Int) {
        (maximumSteps - state.pointee.steps, maximumOutputBytes - state.pointee.outputBytes)
    }

    /// What may still be built until the next reset.
    package var remainingOutputBytes: Int { max(0, state.pointee.outputBytes) }

    static let outputExhausted = JMESPathError(.budget, "the result is larger than an expression may build")
    static let stepsExhausted = JMESPathError(.budget, "the evaluation takes more steps than allowed")

    // MARK: - Running

    @inline(__always)
    func run(_ program: Program, on value: JSONValue) throws(JMESPathError) -> JSONValue {
        let base = state.pointee.top
        let slots = program.slotCount
        let frame = Machine.Frame(
            program: program,
            evaluation: self,
            code: program.code,
            names: program.names,
            operands: program.operands,
            literals: program.literals,
            state: state,
            stack: stack,
            locals: stack + base
        )
        // The plain path, which most expressions are.
        if case .path(let start, let names, let isWhole) = program.code[Int(program.entry)] {
            return try withUnsafePointer(to: frame) { (frame) throws(JMESPathError) in
                try Machine(frame: frame).path(start, names, isWhole, program.entry, value)
            }
        }
        guard base + slots <= Evaluation.stackCapacity, state.pointee.depth < Evaluation.maximumDepth else {
            throw JMESPathError(.budget, "evaluations are nested too deep")
        }
        state.pointee.depth += 1
        if slots > 0 {
            (stack + base).initialize(repeating: .null, count: slots)
            state.pointee.top = base + slots
        }
        defer {
            state.pointee.depth -= 1
            if slots > 0 {
                (stack + base).deinitialize(count: slots)
                state.pointee.top = base
            }
        }
        let result = try withUnsafePointer(to: frame) { (frame) throws(JMESPathError) in
            try Machine(frame: frame).value(program.entry, value)
        }
        switch result {
        case .array, .object: try checkTextLength(of: result)
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .node: break
        }
        return result
    }

    /// The value of a variable of the host.
    func value(of name: UnsafeBufferPointer<UInt8>) -> JSONValue? {
        for variable in variables where variable.name.count == name.count && variable.name.elementsEqual(name) {
            return variable.value
        }
        return nil
    }
}
