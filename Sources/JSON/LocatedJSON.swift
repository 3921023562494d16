/// A place in a text file that people edit.
package struct SourcePosition: Equatable, Comparable, Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1.
    package let line: Int
    /// Counted from 1, in Unicode characters (scalars), a tab being one.
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (a: SourcePosition, b: SourcePosition) -> Bool {
        (a.line, a.column) < (b.line, b.column)
    }

    /// `line:column`, as compilers write it.
    package var description: String { "\(line):\(column)" }
}

/// A JSON value that knows where in its file it stands, for messages about files that people write.
///
/// Reading is strict (RFC 8259, and duplicate members are an error) and slow next to ``JSONDocument``; it is meant for
/// configuration and mapping files.
package struct LocatedJSON: Sendable {
    package struct Member: Sendable {
        package let name: String
        /// Where the name's opening quote stands.
        package let namePosition: SourcePosition
        package let value: LocatedJSON
    }

    package enum Kind: Sendable {
        case null
        case bool(Bool)
        /// A number written without point and exponent; beyond `Int64` is a syntax error.
        case integer(Int64)
        case double(Double)
        case string(String)
        case array([LocatedJSON])
        /// Members in the file's order, names distinct.
        case object([Member])
    }

    package let kind: Kind
    /// Where the value's first character stands.
    package let position: SourcePosition

    package init(kind: Kind, position: SourcePosition) {
        self.kind = kind
        self.position = position
    }

    /// Reads one JSON value with nothing but white space around it.
    ///
    /// The text is UTF-8; a byte order mark in front is passed over. Throws the first thing that is wrong.
    package static func parse(_ bytes: [UInt8]) throws(LocatedJSONError) -> LocatedJSON {
        let (value, problems) = read(bytes)
        guard let value, problems.isEmpty else {
            throw problems.first ?? LocatedJSONError(message: "no JSON", position: SourcePosition(line: 1, column: 1))
        }
        return value
    }

    /// Reads one JSON value as ``parse(_:)`` does, past members that are there twice, so that the rest can be checked too.
    ///
    /// - Parameter bytes: the text.
    /// - Returns: the value, in which the first of equal members stands, and everything that is wrong in the order of the
    ///   text; nil after a character where no reading goes on.
    package static func read(_ bytes: [UInt8]) -> (value: LocatedJSON?, problems: [LocatedJSONError]) {
        var reader = LocatedJSONReader(bytes)
        do throws(LocatedJSONError) {
            let value = try reader.document()
            return (value, reader.duplicates)
        } catch {
            return (nil, reader.duplicates + [error])
        }
    }

    /// The member of that name; nil when there is none or this is no object.
    package subscript(name: String) -> LocatedJSON? {
        members?.first { $0.name == name }?.value
    }
}

// MARK: - Reading

extension LocatedJSON {
    package var isNull: Bool { if case .null = kind { true } else { false } }
    package var boolValue: Bool? { if case .bool(let value) = kind { value } else { nil } }
    package var integerValue: Int64? { if case .integer(let value) = kind { value } else { nil } }
    package var stringValue: String? { if case .string(let value) = kind { value } else { nil } }
    package var elements: [LocatedJSON]? { if case .array(let value) = kind { value } else { nil } }
    package var members: [Member]? { if case .object(let value) = kind { value } else { nil } }

    /// What this is, with its article: "a string", "an object".
    package var typeName: String {
        switch kind {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "a whole number"
        case .double: "a number with a fraction or exponent"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The same value without its places.
    package var json: JSONValue {
        switch kind {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .double(let value): .double(value)
        case .string(let value): .string(Array(value.utf8))
        case .array(let elements): .array(elements.map(\.json))
        case .object(let members): .object(members.map { JSONMember($0.name, $0.value.json) })
        }
    }
}

/// The first thing that is wrong with the text of a file.
package struct LocatedJSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong and, where it can be said, how to mend it.
    package let message: String
    package let position: SourcePosition

    package init(message: String, position: SourcePosition) {
        self.message = message
        self.position = position
    }

    package var description: String { "\(position): \(message)" }
}
