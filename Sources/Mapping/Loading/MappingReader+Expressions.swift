internal import JMESPath
internal import JSON

extension MappingReader {
    /// Compiles the expression in a text.
    ///
    /// - Parameters:
    ///   - json: the text.
    ///   - what: how messages name it.
    ///   - forbidden: variables that may not be read here, with the reason.
    ///   - more: variables that may be read here only.
    /// - Returns: nil when it is missing or wrong.
    func expression(
        _ json: LocatedJSON?,
        _ what: String,
        forbidden: [String: String] = [:],
        more: Set<String> = []
    ) -> PlacedExpression? {
        guard let json else { return nil }
        guard let source = json.stringValue else {
            problem(json, "\(what) is an expression in a text, not \(json.typeName)")
            return nil
        }
        let expression: Expression
        do throws(JMESPathError) {
            expression = try Expression(source, functions: functions, variables: MappingFile.variables.union(more))
        } catch {
            problem(at: position(in: json, offset: error.offset ?? 0), error.message)
            return nil
        }
        for (variable, reason) in forbidden where expression.variables.contains(variable) {
            let offset = Array(source.utf8).offset(of: Array("$\(variable)".utf8))
            problem(at: position(in: json, offset: offset), "\(what) cannot read $\(variable): \(reason)")
        }
        if let offset = PipePrecedence.offsetOfPipeBehindOr(in: Array(source.utf8)) {
            warn(
                at: position(in: json, offset: offset),
                "this '|' takes everything before it, the '||' too; put parentheses around what it is meant for"
            )
        }
        for negation in source.contains("!") ? ExpressionOutline(source)?.narrowNegations ?? [] : [] {
            warn(
                at: position(in: json, offset: negation.offset),
                "this '!' takes '\(negation.operand)' alone, for it binds tighter than what follows; "
                    + "did you mean '!(\(negation.whole))'?"
            )
        }
        return PlacedExpression(expression: expression, place: "\(file):\(position(in: json, offset: 0))")
    }
}

extension [UInt8] {
    /// Where another text first stands in this one; 0 when it does not.
    fileprivate func offset(of other: [UInt8]) -> Int {
        indices.first { self[$0...].starts(with: other) } ?? 0
    }
}

/// Finds what the precedence of JMESPath makes of `a || b | c`: `(a || b) | c`, which is seldom meant.
enum PipePrecedence {
    /// The byte offset of the first `|` that stands behind a `||` without parentheses between them.
    static func offsetOfPipeBehindOr(in text: [UInt8]) -> Int? {
        // Whether an `||` was seen, for each open bracket.
        var hasOr = [false]
        var index = 0
        while index < text.count {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
                index += 1
                while index < text.count, text[index] != byte { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 }
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): hasOr.append(false)
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): if hasOr.count > 1 { hasOr.removeLast() }
            case UInt8(ascii: ","): hasOr[hasOr.count - 1] = false
            case UInt8(ascii: "|"):
                if index + 1 < text.count, text[index + 1] == byte {
                    hasOr[hasOr.count - 1] = true
                    index += 1
                } else if hasOr[hasOr.count - 1] {
                    return index
                }
            default: break
            }
            index += 1
        }
        return nil
    }
}
