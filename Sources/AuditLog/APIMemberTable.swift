internal import Glibc
internal import JSON

/// Sorts the members of JSON objects by the names that one kind of object may have.
///
/// Unknown and repeated names are problems. The values of the last object read are looked up by their name's position;
/// they lie in its document and are valid as long as that is. One table belongs to one thread at a time.
final class APIMemberTable {
    let count: Int
    private let names: [String]
    // All names' bytes back to back, name `i` from starts[i] to starts[i + 1].
    private let bytes: UnsafeMutablePointer<UInt8>
    private let starts: UnsafeMutablePointer<Int>
    private let nodes: UnsafeMutablePointer<JSONNode?>
    // The position of the name that the k-th member had in the last object: senders repeat their order.
    private let order: UnsafeMutablePointer<Int>

    init(_ names: [String]) {
        self.names = names
        count = names.count
        let text = names.flatMap { Array($0.utf8) }
        bytes = .allocate(capacity: max(text.count, 1))
        bytes.initialize(from: text, count: text.count)
        starts = .allocate(capacity: names.count + 1)
        var start = 0
        for (index, name) in names.enumerated() {
            starts[index] = start
            start += name.utf8.count
        }
        starts[names.count] = start
        nodes = .allocate(capacity: names.count)
        nodes.initialize(repeating: nil, count: names.count)
        order = .allocate(capacity: names.count)
        for index in names.indices { order[index] = index }
    }

    deinit {
        bytes.deallocate()
        starts.deallocate()
        nodes.deallocate()
        order.deallocate()
    }

    /// Takes over the members of an object; `place` says where it stands in the request.
    func read(_ object: JSONNode, at place: APIPlace, problems: inout APIProblemList) {
        for index in 0..<count { nodes[index] = nil }
        var ordinal = 0
        for (name, node) in object.members {
            defer { ordinal += 1 }
            var index = ordinal < count ? order[ordinal] : 0
            if !isName(index, name) {
                guard let found = position(of: name) else {
                    if problems.isFull { return }
                    let text = name.string
                    problems.add(
                        .unexpectedProperty,
                        at: place.pointer(to: text),
                        "\(APIPointer.quoted(text)) is not a known member"
                    )
                    continue
                }
                index = found
                if ordinal < count { order[ordinal] = found }
            }
            if nodes[index] == nil {
                nodes[index] = node
            } else {
                problems.add(
                    .unexpectedProperty,
                    at: place.pointer(to: names[index]),
                    "'\(names[index])' appears twice in one object"
                )
            }
        }
    }

    /// Forgets the last object, as if it had been empty.
    func clear() {
        for index in 0..<count { nodes[index] = nil }
    }

    /// The value of the member whose name has this position; nil when it is absent or null.
    @inline(__always)
    subscript(index: Int) -> JSONValue? {
        guard let value = nodes[index]?.value, !value.isNull else { return nil }
        return value
    }

    func name(_ index: Int) -> String { names[index] }

    @inline(__always)
    private func isName(_ index: Int, _ text: JSONText) -> Bool {
        guard index < count else { return false }
        let start = starts[index]
        return starts[index + 1] - start == text.count && memcmp(bytes + start, text.start, text.count) == 0
    }

    private func position(of text: JSONText) -> Int? {
        for index in 0..<count where isName(index, text) { return index }
        return nil
    }
}

// MARK: - Typed members

extension APIMemberTable {
    /// A member that is text of at most so many Unicode scalars; nil when it is absent or a problem.
    func text(
        _ index: Int,
        maximumLength: Int = .max,
        at place: APIPlace = .body,
        problems: inout APIProblemList
    ) -> JSONText? {
        guard let value = self[index] else { return nil }
        guard case .text(let text) = value else {
            problems.add(.invalidString, at: place.pointer(to: names[index]), "'\(names[index])' must be a string")
            return nil
        }
        guard text.hasAtMost(scalars: maximumLength) else {
            problems.add(
                .aboveMaxLength,
                at: place.pointer(to: names[index]),
                "'\(names[index])' cannot have more than \(maximumLength) characters"
            )
            return nil
        }
        return text
    }

    /// A member that is true or false; `standard` when it is absent or a problem.
    func bool(_ index: Int, default standard: Bool, problems: inout APIProblemList) -> Bool {
        guard let value = self[index] else { return standard }
        guard case .bool(let bool) = value else {
            problems.add(
                .invalidBool,
                at: APIPlace.body.pointer(to: names[index]),
                "'\(names[index])' must be true or false"
            )
            return standard
        }
        return bool
    }

    /// A member that is a whole number of 64 bits; nil when it is absent or a problem.
    func integer(_ index: Int, problems: inout APIProblemList) -> Int? {
        guard let value = self[index] else { return nil }
        guard let integer = value.integerValue else {
            problems.add(
                .invalidInteger,
                at: APIPlace.body.pointer(to: names[index]),
                "'\(names[index])' must be an integer"
            )
            return nil
        }
        return Int(integer)
    }
}

/// Where in a request an object stands.
struct APIPlace {
    private enum Level { case body, entry, event }

    private let level: Level
    // Position in `/events`; nil for the single event of `/v1/log`.
    private let index: Int?

    private init(_ level: Level, index: Int?) {
        self.level = level
        self.index = index
    }

    /// The body itself.
    static let body = APIPlace(.body, index: nil)

    /// One entry of `/events`.
    static func entry(_ index: Int) -> APIPlace { APIPlace(.entry, index: index) }

    /// The event of the body or of one entry.
    static func event(inEntry index: Int?) -> APIPlace { APIPlace(.event, index: index) }

    /// The JSON pointer to the object.
    var pointer: String {
        let entry = index.map { "/events/\($0)" } ?? ""
        return switch level {
        case .body: ""
        case .entry: entry
        case .event: entry + "/event"
        }
    }

    /// The JSON pointer to a member of the object.
    func pointer(to name: String) -> String { "\(pointer)/\(APIPointer.step(name))" }
}

extension JSONText {
    /// Whether the text has at most so many Unicode scalars.
    @inline(__always)
    func hasAtMost(scalars maximum: Int) -> Bool {
        // Every scalar has at least one byte, so short texts need no counting.
        count <= maximum || scalarCount <= maximum
    }

    /// Number of Unicode scalars: of bytes that do not continue one.
    var scalarCount: Int {
        var scalars = 0
        for byte in buffer where byte & 0xC0 != 0x80 { scalars += 1 }
        return scalars
    }
}
