internal import JSON

extension Machine {
    /// Applies the body to what the projection runs over, and leaves out what becomes null.
    @inline(never)
    func project(
        _ projection: Instruction.Projection,
        _ base: JSONValue,
        _ body: Address?,
        _ address: Address
    ) throws(JMESPathError) -> JSONValue {
        var results: [JSONValue] = []
        switch projection {
        case .elements:
            guard base.isArray else { return .null }
            if body == nil, let whole = try elementsInPlace(base) { return whole }
            try forEach(in: base) { (element, node) throws(JMESPathError) in
                try add(element, node, body, to: &results)
            }
        case .values:
            guard base.isObject else { return .null }
            try evaluation.charge(steps: base.count ?? 0)
            for member in base.distinctMembers {
                try add(member.value, member.node, body, to: &results)
            }
        case .flattened:
            guard base.isArray else { return .null }
            try forEach(in: base) { (element, node) throws(JMESPathError) in
                guard element.isArray else { return try add(element, node, body, to: &results) }
                try forEach(in: element) { (inner, node) throws(JMESPathError) in
                    try add(inner, node, body, to: &results)
                }
            }
        case .filtered(let condition):
            guard base.isArray else { return .null }
            try forEach(in: base) { (element, node) throws(JMESPathError) in
                guard try value(condition, element).isTrue else { return }
                try add(element, node, body, to: &results)
            }
        case .slice(let number):
            let slice = program.slices[Int(number)]
            if let text = try slicedText(base, slice) {
                guard let body else { return text }
                return try value(body, text)
            }
            guard let elements = base.elements else { return .null }
            try evaluation.charge(steps: elements.count)
            for index in slice.indices(of: elements.count) { try add(elements[index], nil, body, to: &results) }
        }
        return .array(results)
    }

    /// An array in place that needs no copy, because none of its elements is null.
    private func elementsInPlace(_ base: JSONValue) throws(JMESPathError) -> JSONValue? {
        guard case .node(let node) = base else { return nil }
        try evaluation.charge(steps: node.count >> 3)
        for element in node.elements where element.value.isNull { return nil }
        if state.pointee.isTracing { report(node) }
        return base
    }

    /// Appends what the body makes of an element.
    @inline(__always)
    private func add(
        _ element: JSONValue,
        _ node: JSONNode?,
        _ body: Address?,
        to results: inout [JSONValue]
    ) throws(JMESPathError) {
        let result: JSONValue
        if let body {
            result = try value(body, element)
        } else {
            result = element
            if state.pointee.isTracing, let node { report(node) }
        }
        if result.isNull { return }
        try evaluation.charge(outputBytes: 32)
        results.append(result)
    }

    /// Calls `body` with every element of an array, and where it stands when it is in place.
    @inline(__always)
    private func forEach(
        in array: JSONValue,
        _ body: (JSONValue, JSONNode?) throws(JMESPathError) -> Void
    ) throws(JMESPathError) {
        switch array {
        case .array(let elements):
            try evaluation.charge(steps: elements.count)
            for element in elements { try body(element, nil) }
        case .node(let node):
            for element in node.elements {
                state.pointee.steps &-= 1
                if state.pointee.steps < 0 { throw Evaluation.stepsExhausted }
                // A scalar has no node of its own once it is a value, so its reading is told here.
                let isScalar = !element.isArray && !element.isObject
                if state.pointee.isTracing && isScalar { report(element) }
                try body(element.value, isScalar ? nil : element)
            }
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .object: break
        }
    }

    /// The slice of a text, counted in code points (JEP 15); nil when the value is no text.
    private func slicedText(_ base: JSONValue, _ slice: Slice) throws(JMESPathError) -> JSONValue? {
        guard base.isString else { return nil }
        try evaluation.charge(steps: (base.withStringBytes { $0.count } ?? 0) >> 3)
        let sliced: [UInt8]? = base.withStringBytes { bytes in
            let starts = CodePoints.starts(in: bytes)
            var result: [UInt8] = []
            for index in slice.indices(of: starts.count) {
                let end = index + 1 < starts.count ? starts[index + 1] : bytes.count
                result.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[starts[index]..<end]))
            }
            return result
        }
        guard let sliced else { return nil }
        try evaluation.charge(steps: sliced.count)
        try evaluation.charge(outputBytes: sliced.count)
        return .string(sliced)
    }
}
