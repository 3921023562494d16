internal import JSON

/// The body of a call that is not on the hot path, parsed; kept and used again by one thread.
///
///     try body.parse(bytes)
///     let call = try SearchCall(body, schema: schema, now: now)
package final class APIRequestBody {
    private let document = JSONDocument()
    private var object: JSONNode?

    package init() {}

    /// Reads a request body; an empty one counts as `{}`.
    package func parse(_ bytes: UnsafeRawBufferPointer) throws(APIRefusal) {
        object = nil
        object = try document.apiObject(bytes)
    }

    /// The request's `config_id`; nil when it is absent or malformed, which the reading of the call then reports.
    package var configurationID: String? { object.flatMap(APIConfigurationID.read) }

    /// Sorts the body's members into a table of the names that the call knows.
    func read(into table: APIMemberTable, problems: inout APIProblemList) {
        if let object { table.read(object, at: .body, problems: &problems) } else { table.clear() }
    }
}

/// The `config_id` that may be a member of every request body (audit API contract, section 1.5).
enum APIConfigurationID {
    static let name = "config_id"

    /// Whether the text matches `^pci_[a-z2-7]{32}$`.
    static func isValid(_ text: JSONText) -> Bool { isIdentifier(text, prefix: "pci_") }

    static func read(_ object: JSONNode) -> String? {
        guard case .text(let text)? = object["config_id"], isValid(text) else { return nil }
        return text.string
    }

    /// Reports a `config_id` that is none.
    static func check(_ index: Int, in table: APIMemberTable, problems: inout APIProblemList) {
        guard let text = table.text(index, problems: &problems), !isValid(text) else { return }
        problems.add(.doesNotMatchPattern, at: "/config_id", "'config_id' must match ^pci_[a-z2-7]{32}$")
    }

    private static func isIdentifier(_ text: JSONText, prefix: StaticString) -> Bool {
        let start = prefix.utf8CodeUnitCount
        guard text.count == start + 32 else { return false }
        for index in 0..<start where text.start[index] != prefix.utf8Start[index] { return false }
        return text.buffer[start...].allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "2")...UInt8(ascii: "7"): true
            default: false
            }
        }
    }
}

extension JSONDocument {
    /// Parses a request body and returns its object; nil for an empty body, which stands for `{}`.
    func apiObject(_ bytes: UnsafeRawBufferPointer) throws(APIRefusal) -> JSONNode? {
        guard !bytes.isEmpty else { return nil }
        do throws(JSONError) {
            try parse(bytes)
        } catch {
            throw APIRefusal(APIProblem(.badFormat, at: "", "the body cannot be read: \(error.message)"))
        }
        guard case .node(let node) = root, node.isObject else {
            throw APIRefusal(APIProblem(.invalidObject, at: "", "the body must be a JSON object"))
        }
        return node
    }
}
