internal import JSON

/// The body of a call that is not on the hot path, parsed; kept and used again by one thread.
///
///     try body.parse(bytes)
///     let call = try SearchCall(body, schema: schema, now: now)
package final class APIRequestBody {
    private static let maximumKeptBody = 1 << 20

    private var document = JSONDocument()
    private var bodyCount = 0
    private var object: JSONNode?

    package init() {}

    /// Reads a request body; an empty one counts as `{}`.
    package func parse(_ bytes: UnsafeRawBufferPointer) throws(APIRefusal) {
        object = nil
        // One huge body must not occupy its memory for good.
        if bodyCount > APIRequestBody.maximumKeptBody { document = JSONDocument() }
        bodyCount = bytes.count
        object = try document.apiObject(bytes)
    }

    /// The request's `config_id`; nil when it is absent or malformed, which the reading of the call then reports.
    package var configurationID: String? { object.flatMap(APIConfigurationID.read) }

    /// Sorts the body's members by the names that a call knows.
    func members<Name>(_ names: Name.Type, problems: inout APIProblemList) -> APIMembers<Name> {
        let table = APIMemberTable(Name.allCases.map(\.rawValue))
        if let object { table.read(object, at: .body, problems: &problems) }
        return APIMembers(table)
    }
}

/// The members of a request body, by the names that a call knows.
///
/// Each reading function gives nil, or the default, for a member that is absent, null or a problem.
struct APIMembers<Name: CaseIterable & Equatable & RawRepresentable<String>> where Name.AllCases == [Name] {
    private let table: APIMemberTable

    fileprivate init(_ table: APIMemberTable) { self.table = table }

    subscript(name: Name) -> JSONValue? { table[position(name)] }

    /// A text of at most so many Unicode scalars.
    func text(_ name: Name, maximumLength: Int = .max, problems: inout APIProblemList) -> JSONText? {
        table.text(position(name), maximumLength: maximumLength, problems: &problems)
    }

    func bool(_ name: Name, default standard: Bool, problems: inout APIProblemList) -> Bool {
        table.bool(position(name), default: standard, problems: &problems)
    }

    /// A whole number of 64 bits.
    func integer(_ name: Name, problems: inout APIProblemList) -> Int? {
        table.integer(position(name), problems: &problems)
    }

    /// Reports a `config_id` that is none.
    func checkConfigurationID(_ name: Name, problems: inout APIProblemList) {
        APIConfigurationID.check(position(name), in: table, problems: &problems)
    }

    private func position(_ name: Name) -> Int {
        // A table has every name of its call.
        Name.allCases.firstIndex(of: name) ?? table.count
    }
}

/// The `config_id` that may be a member of every request body (audit API contract, section 1.5).
enum APIConfigurationID {
    static func read(_ object: JSONNode) -> String? {
        guard case .text(let text)? = object["config_id"], isValid(text) else { return nil }
        return text.string
    }

    /// Reports a `config_id` that is none.
    static func check(_ index: Int, in table: APIMemberTable, problems: inout APIProblemList) {
        guard let text = table.text(index, problems: &problems), !isValid(text) else { return }
        problems.add(.doesNotMatchPattern, at: "/config_id", "'config_id' must match ^pci_[a-z2-7]{32}$")
    }

    /// Whether the text matches `^pci_[a-z2-7]{32}$`.
    private static func isValid(_ text: JSONText) -> Bool {
        guard text.count == 36, text.buffer.starts(with: "pci_".utf8) else { return false }
        return text.buffer[4...].allSatisfy { byte in
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
