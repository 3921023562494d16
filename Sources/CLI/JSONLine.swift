internal import Cryptography
internal import JSON
internal import Settings

/// One line of output for a program: an object with its members in the order in which they were added.
struct JSONLine {
    private var writer = JSONWriter()
    private var isEmpty = true

    mutating func add(_ name: String, _ value: JSONValue) {
        begin(name)
        writer.append(canonical: value)
    }

    /// Adds a value that is JSON text already.
    mutating func add(_ name: String, json: [UInt8]) {
        begin(name)
        writer.append(raw: json)
    }

    /// Adds bytes as text, or as `<name>_base64` when they are none.
    mutating func add(_ name: String, bytes: [UInt8]) {
        if String(validating: bytes, as: UTF8.self) != nil {
            add(name, .string(bytes))
        } else {
            add("\(name)_base64", .string(Base64.encode(bytes)))
        }
    }

    private mutating func begin(_ name: String) {
        writer.append(byte: isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
        isEmpty = false
        writer.append(string: name)
        writer.append(byte: UInt8(ascii: ":"))
    }

    /// The object without a line break.
    var bytes: [UInt8] { isEmpty ? Array("{}".utf8) : writer.bytes + [UInt8(ascii: "}")] }

    func print() { Output.bytes(bytes + [10]) }
}

extension SettingsProblem {
    /// For programs: where there is a place, `file`, `line` and `column`, or `environment`, beside `message`.
    var json: JSONValue {
        var members = [JSONMember("message", .string(message))]
        switch place {
        case .file(let file, let position):
            members.append(JSONMember("file", .string(file)))
            guard let position else { break }
            members.append(JSONMember("line", .integer(Int64(position.line))))
            members.append(JSONMember("column", .integer(Int64(position.column))))
        case .environment(let name): members.append(JSONMember("environment", .string(name)))
        }
        return .object(members)
    }
}
