import CSimdjson

/// JSON text parsed by simdjson to a flat tape, which is read in place.
///
/// A document is meant to be kept and parsed into again and again: its buffers grow to the largest text seen and stay
/// until ``releaseMemory(above:)``.
/// It belongs to one thread at a time. Every ``JSONNode`` and ``JSONText`` taken from it is valid until the next
/// ``parse(_:maximumDepth:)`` or until the document goes away; nothing checks that, so neither may be stored beyond it.
package final class JSONDocument {
    /// Nesting that is accepted unless a caller says otherwise.
    package static let defaultMaximumDepth = 64

    private let parser: OpaquePointer
    private var isParsed = false

    package init() {
        guard let parser = sj_parser_new() else { preconditionFailure("no memory for a JSON parser") }
        self.parser = parser
    }

    deinit { sj_parser_free(parser) }

    /// The length in bytes of the longest text that fits into the buffers as they are; they are about 15 times as long.
    package var capacity: Int { sj_capacity(parser) }

    /// Gives the buffers back if they are meant for texts longer than that; nothing may be read from the document then.
    package func releaseMemory(above length: Int) {
        guard capacity > length else { return }
        isParsed = false
        sj_release(parser)
    }

    /// Reads one JSON value with nothing but white space around it.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8 text; copied, so it need not outlive the call.
    ///   - maximumDepth: how many arrays and objects may stand inside each other.
    /// - Throws: ``JSONError``; nothing may be read from the document then.
    package func parse(
        _ bytes: UnsafeRawBufferPointer,
        maximumDepth: Int = JSONDocument.defaultMaximumDepth
    ) throws(JSONError) {
        isParsed = false
        guard let base = bytes.bindMemory(to: UInt8.self).baseAddress, !bytes.isEmpty else {
            throw JSONError(code: .syntax, message: "the text is empty")
        }
        let code = sj_parse(parser, base, bytes.count, maximumDepth)
        guard code == 0 else { throw JSONDocument.error(code, maximumDepth: maximumDepth) }
        isParsed = true
    }

    package func parse(
        _ bytes: [UInt8],
        maximumDepth: Int = JSONDocument.defaultMaximumDepth
    ) throws(JSONError) {
        let result: Result<Void, JSONError> = bytes.withUnsafeBytes { buffer in
            do throws(JSONError) {
                return .success(try parse(buffer, maximumDepth: maximumDepth))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// The document's value.
    package var root: JSONValue {
        precondition(isParsed, "a JSON document was read before it was parsed")
        return JSONNode(tape: sj_tape(parser), strings: sj_strings(parser), index: 1).value
    }

    /// Whether a node stands on this document's tape, and not on another's.
    package func contains(_ node: JSONNode) -> Bool { isParsed && node.tape == sj_tape(parser) }

    /// Where in the parsed text each of some values stands.
    ///
    /// - Parameters:
    ///   - nodes: tape positions (``JSONNode/index``), ascending, none inside another.
    ///   - bytes: the text that was parsed last.
    ///   - offset: where the text begins in what the ranges are of.
    /// - Returns: byte ranges, or nil when a position is not that of a value.
    package func sourceRanges(
        of nodes: [UInt32],
        in bytes: UnsafeRawBufferPointer,
        offset: Int = 0
    ) -> [Range<Int>]? {
        guard isParsed, let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return nil }
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 2 * nodes.count) { borders in
            guard let starts = borders.baseAddress else { return nil }
            let ends = starts + nodes.count
            guard sj_source_ranges(parser, base, bytes.count, nodes, nodes.count, starts, ends) == 0 else { return nil }
            return nodes.indices.map { offset + Int(starts[$0])..<offset + Int(ends[$0]) }
        }
    }

    private static func error(_ code: Int32, maximumDepth: Int) -> JSONError {
        // The numbers are simdjson 3's error_code.
        switch code {
        case 2: JSONError(code: .memory, message: "no memory to parse the text")
        case 4: JSONError(code: .depth, message: "nested deeper than \(maximumDepth) levels")
        case 5, 10, 13:
            JSONError(code: .string, message: "a string is not valid: \(String(cString: sj_error_message(code)))")
        case 9: JSONError(code: .number, message: "a number is malformed or beyond 64 bits")
        default: JSONError(code: .syntax, message: "not JSON: \(String(cString: sj_error_message(code)))")
        }
    }
}
