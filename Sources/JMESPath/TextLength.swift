package import JSON

extension JSONValue {
    /// Takes about the length of this value as JSON text from `room`, and stops once there is none left.
    ///
    /// A value that an expression built may hold the same part many times over, so that its text is far longer than
    /// what was built: `let $a = [@, @] in let $b = [$a, $a] in …` doubles with every line.
    func takeTextLength(from room: inout Int) {
        guard room >= 0 else { return }
        switch self {
        case .null, .bool, .integer, .unsigned, .double: room -= 4
        case .text(let text): room -= text.count + 2
        case .string(let bytes): room -= bytes.count + 2
        case .node(let node):
            room -= 2
            for element in node.elements {
                if room < 0 { return }
                element.value.takeTextLength(from: &room)
            }
            for member in node.members {
                if room < 0 { return }
                room -= member.name.count + 3
                member.node.value.takeTextLength(from: &room)
            }
        case .array(let elements):
            room -= 2
            for element in elements {
                if room < 0 { return }
                element.takeTextLength(from: &room)
            }
        case .object(let members):
            room -= 2
            for member in members {
                if room < 0 { return }
                room -= member.name.count + 3
                member.value.takeTextLength(from: &room)
            }
        }
    }
}

extension Evaluation {
    /// Refuses a value whose text is longer than what may still be built, before it is built.
    ///
    /// - Returns: about the length of the text, in bytes.
    @discardableResult
    package func checkTextLength(of value: JSONValue) throws(JMESPathError) -> Int {
        var room = state.pointee.outputBytes
        value.takeTextLength(from: &room)
        if room < 0 { throw Evaluation.outputExhausted }
        return state.pointee.outputBytes - room
    }

}

extension Evaluation.State {
    /// Charges reading through a text.
    @inline(__always)
    mutating func chargeReading(_ value: JSONValue) {
        switch value {
        case .text(let text): steps &-= text.count >> 6
        case .string(let bytes): steps &-= bytes.count >> 6
        case .null, .bool, .integer, .unsigned, .double, .node, .array, .object: break
        }
    }
}
