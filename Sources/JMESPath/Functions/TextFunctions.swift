internal import JSON

extension Function {
    static let textFunctions: [Function] = [
        Function(name: "join", parameters: [.string, .array(of: .string)], result: .string) {
            (evaluation, arguments) throws(JMESPathError) in
            let separatorLength = arguments[0].withStringBytes { $0.count } ?? 0
            var length = 0
            try arguments[1].forEachItem { (element) throws(JMESPathError) in
                length += (element.withStringBytes { $0.count } ?? 0) + separatorLength
            }
            // Before anything is built.
            if length - separatorLength > evaluation.state.pointee.outputBytes { throw Evaluation.outputExhausted }
            var text: [UInt8] = []
            text.reserveCapacity(length)
            var isFirst = true
            try arguments[1].forEachItem { (element) throws(JMESPathError) in
                if !isFirst { arguments[0].withStringBytes { text.append(contentsOf: $0) } }
                isFirst = false
                element.withStringBytes { text.append(contentsOf: $0) }
            }
            return try evaluation.text(text)
        },
        Function(name: "lower", parameters: [.string], result: .string) {
            (evaluation, arguments) throws(JMESPathError) in
            try changeCase(evaluation, arguments[0], UInt8(ascii: "A")...UInt8(ascii: "Z")) { $0.lowercased() }
        },
        Function(name: "upper", parameters: [.string], result: .string) {
            (evaluation, arguments) throws(JMESPathError) in
            try changeCase(evaluation, arguments[0], UInt8(ascii: "a")...UInt8(ascii: "z")) { $0.uppercased() }
        },
        Function(name: "pad_left", parameters: [.string, .number, .string], optional: 1, result: .string) {
            (evaluation, arguments) throws(JMESPathError) in
            let padding = try padding(evaluation, arguments, "pad_left")
            return padding.isEmpty ? arguments[0] : .string(padding + (arguments[0].stringBytes ?? []))
        },
        Function(name: "pad_right", parameters: [.string, .number, .string], optional: 1, result: .string) {
            (evaluation, arguments) throws(JMESPathError) in
            let padding = try padding(evaluation, arguments, "pad_right")
            return padding.isEmpty ? arguments[0] : .string((arguments[0].stringBytes ?? []) + padding)
        },
        Function(name: "replace", parameters: [.string, .string, .string, .number], optional: 1, result: .string) {
            (evaluation, arguments) throws(JMESPathError) in
            try replace(evaluation, arguments)
        },
        Function(name: "split", parameters: [.string, .string, .number], optional: 1, result: .array) {
            (evaluation, arguments) throws(JMESPathError) in
            try split(evaluation, arguments)
        },
        Function(name: "trim", parameters: [.string, .string], optional: 1, result: .string) {
            (evaluation, arguments) throws(JMESPathError) in
            try trim(evaluation, arguments, left: true, right: true)
        },
        Function(name: "trim_left", parameters: [.string, .string], optional: 1, result: .string) {
            (evaluation, arguments) throws(JMESPathError) in
            try trim(evaluation, arguments, left: true, right: false)
        },
        Function(name: "trim_right", parameters: [.string, .string], optional: 1, result: .string) {
            (evaluation, arguments) throws(JMESPathError) in
            try trim(evaluation, arguments, left: false, right: true)
        },
    ]

    /// ASCII by bytes, in which nothing changes when there is no letter of the other case; the rest by Unicode.
    private static func changeCase(
        _ evaluation: Evaluation,
        _ value: JSONValue,
        _ changing: ClosedRange<UInt8>,
        _ change: (String) -> String
    ) throws(JMESPathError) -> JSONValue {
        var isASCII = true
        var changes = false
        let bytes: [UInt8]? =
            value.withStringBytes { bytes in
                for byte in bytes {
                    if byte >= 0x80 { isASCII = false }
                    if changing.contains(byte) { changes = true }
                }
                guard isASCII && changes else { return nil }
                return bytes.map { changing.contains($0) ? $0 ^ 0x20 : $0 }
            } ?? nil
        if let bytes { return try evaluation.text(bytes) }
        return isASCII ? value : try evaluation.text(Array(change(value.stringValue ?? "").utf8))
    }

    private static func padding(
        _ evaluation: Evaluation,
        _ arguments: Arguments,
        _ name: String
    ) throws(JMESPathError) -> [UInt8] {
        let width = try arguments.count(1, of: name) ?? 0
        let pad = arguments.optional(2)?.stringBytes ?? [UInt8(ascii: " ")]
        guard pad.withUnsafeBytes({ CodePoints.count($0) }) == 1 else {
            throw JMESPathError(.invalidValue, "\(name)() pads with one character")
        }
        let missing = width - (arguments[0].withStringBytes { CodePoints.count($0) } ?? 0)
        guard missing > 0 else { return [] }
        let length = arguments[0].withStringBytes { $0.count } ?? 0
        // Before anything is built, since the width may be anything.
        try evaluation.charge(outputBytes: length + missing * pad.count)
        return Array(repeatElement(pad, count: missing).joined())
    }

    /// With an empty text to replace, the new one goes before each character and to the end, as in Python.
    private static func replace(_ evaluation: Evaluation, _ arguments: Arguments) throws(JMESPathError) -> JSONValue {
        let limit = try arguments.count(3, of: "replace") ?? .max
        if !arguments.texts({ text, old in TextSearch.first(old, in: text, from: 0) != nil }) { return arguments[0] }
        let new = arguments[2].stringBytes ?? []
        let room = evaluation.state.pointee.outputBytes
        var isTooLong = false
        let text: [UInt8] = arguments.texts { text, old in
            var result: [UInt8] = []
            var position = 0
            var count = 0
            while count < limit, !isTooLong, let found = TextSearch.first(old, in: text, from: position) {
                result.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[position..<found]))
                result += new
                position = found + old.count
                count += 1
                isTooLong = result.count > room
                guard old.isEmpty else { continue }
                if position == text.count { break }
                let next = CodePoints.offset(of: 1, in: UnsafeRawBufferPointer(rebasing: text[position...])) + position
                result.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[position..<next]))
                position = next
            }
            result.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[position...]))
            return result
        }
        return try evaluation.text(text)
    }

    /// With an empty separator, between all characters.
    private static func split(_ evaluation: Evaluation, _ arguments: Arguments) throws(JMESPathError) -> JSONValue {
        let limit = try arguments.count(2, of: "split") ?? .max
        // More parts than may be built are not cut, so that the charge below is refused before memory is.
        let most = min(limit, evaluation.state.pointee.outputBytes >> 5)
        let parts: [JSONValue] = arguments.texts { text, separator in
            var parts: [JSONValue] = []
            var position = 0
            func add(upTo end: Int) {
                parts.append(.string([UInt8](UnsafeRawBufferPointer(rebasing: text[position..<end]))))
            }
            if separator.isEmpty {
                while parts.count < most, position < text.count {
                    let rest = UnsafeRawBufferPointer(rebasing: text[position...])
                    let end = position + CodePoints.offset(of: 1, in: rest)
                    add(upTo: end)
                    position = end
                }
                if position < text.count { add(upTo: text.count) }
                return parts
            }
            while parts.count < most, let found = TextSearch.first(separator, in: text, from: position) {
                add(upTo: found)
                position = found + separator.count
            }
            add(upTo: text.count)
            return parts
        }
        try evaluation.charge(steps: parts.count)
        try evaluation.charge(outputBytes: arguments[0].withStringBytes { $0.count } ?? 0)
        return try evaluation.array(parts)
    }

    /// Without characters to remove, or with none, white space by Unicode is removed.
    private static func trim(
        _ evaluation: Evaluation,
        _ arguments: Arguments,
        left: Bool,
        right: Bool
    ) throws(JMESPathError) -> JSONValue {
        let characters = arguments.optional(1)?.stringValue ?? ""
        let set = Set(characters.unicodeScalars)
        let trimmed: [UInt8]? =
            arguments[0].withStringBytes { bytes -> [UInt8]? in
                // ASCII white space at neither end, and nothing else asked for: nothing to do.
                if set.isEmpty, let first = bytes.first, let last = bytes.last, first > 0x20, first < 0x80, last > 0x20,
                    last < 0x80
                {
                    return nil
                }
                var scalars = Substring(String(decoding: bytes, as: UTF8.self)).unicodeScalars
                func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
                    set.isEmpty ? scalar.properties.isWhitespace : set.contains(scalar)
                }
                if left { scalars = scalars.drop(while: isRemoved) }
                if right { while let last = scalars.last, isRemoved(last) { scalars.removeLast() } }
                return Array(Substring(scalars).utf8)
            } ?? nil
        guard let trimmed else { return arguments[0] }
        return try evaluation.text(trimmed)
    }
}
