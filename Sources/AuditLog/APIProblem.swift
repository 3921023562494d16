package import JSON

/// One thing that is wrong with a request (audit API contract, section 1.3).
///
///     {"code":"AboveMaxLength","detail":"'target' cannot have more than 128 characters","source":"/event/target"}
package struct APIProblem: Error, Hashable, Sendable {
    /// The contract's codes that we give; the raw value is what clients see.
    package enum Code: String, Sendable {
        case fieldRequired = "FieldRequired"
        case unexpectedProperty = "UnexpectedProperty"
        case invalidString = "InvalidString"
        case invalidInteger = "InvalidInteger"
        case invalidBool = "InvalidBool"
        case invalidObject = "InvalidObject"
        case invalidArray = "InvalidArray"
        case invalidConst = "InvalidConst"
        case badFormat = "BadFormat"
        case badFormatDateTime = "BadFormatDateTime"
        case doesNotMatchPattern = "DoesNotMatchPattern"
        case notEnumMember = "NotEnumMember"
        case notWithinRange = "NotWithinRange"
        case isTooSmall = "IsTooSmall"
        case aboveMaxLength = "AboveMaxLength"
        case belowMinLength = "BelowMinLength"
        case aboveMaxItems = "AboveMaxItems"
        case belowMinItems = "BelowMinItems"
        case doesNotExist = "DoesNotExist"
        case mustProvideOne = "MustProvideOne"
        case mutuallyExclusive = "MutuallyExclusive"
        case configNotExist = "ConfigNotExist"
        case badState = "BadState"
    }

    package let code: Code
    /// A sentence for a person; quotes names, never whole values.
    package let detail: String
    /// JSON pointer (RFC 6901) into the request body, such as `/events/1/event/actor`; empty for the body as a whole.
    package let source: String

    package init(_ code: Code, at source: String, _ detail: String) {
        self.code = code
        self.detail = detail
        self.source = source
    }

    package func append(to writer: inout JSONWriter) {
        writer.append(raw: "{\"code\":")
        writer.append(string: code.rawValue)
        writer.append(raw: ",\"detail\":")
        writer.append(string: detail)
        writer.append(raw: ",\"source\":")
        writer.append(string: source)
        writer.append(byte: UInt8(ascii: "}"))
    }
}

/// Why a request is refused with status `ValidationError`: all of its problems at once, never none.
package struct APIRefusal: Error, Equatable, Sendable {
    /// In the order in which they were found; at most ``maximumCount``.
    package let problems: [APIProblem]

    /// How many problems one answer tells; a hostile body could have millions.
    package static let maximumCount = 1000

    package init(_ problem: APIProblem) { problems = [problem] }

    /// Nil without a problem.
    package init?(_ problems: [APIProblem]) {
        guard !problems.isEmpty else { return nil }
        self.problems = Array(problems.prefix(APIRefusal.maximumCount))
    }

    /// The answer's `summary`.
    package var summary: String { "There were \(problems.count) field(s) with errors" }

    /// Appends the answer's `result`: `{"errors":[…]}`.
    package func appendResult(to writer: inout JSONWriter) {
        writer.append(raw: "{\"errors\":[")
        for (index, problem) in problems.enumerated() {
            if index > 0 { writer.append(byte: UInt8(ascii: ",")) }
            problem.append(to: &writer)
        }
        writer.append(raw: "]}")
    }
}

/// The problems of a request while it is being read.
struct APIProblemList {
    private(set) var problems: [APIProblem] = []

    var isEmpty: Bool { problems.isEmpty }
    /// Whether what is found further on could not be told anyway.
    var isFull: Bool { problems.count >= APIRefusal.maximumCount }

    mutating func add(
        _ code: APIProblem.Code,
        at source: @autoclosure () -> String,
        _ detail: @autoclosure () -> String
    ) {
        guard !isFull else { return }
        problems.append(APIProblem(code, at: source(), detail()))
    }

    mutating func add(_ refusal: APIRefusal) {
        for problem in refusal.problems where !isFull { problems.append(problem) }
    }

    func throwIfAny() throws(APIRefusal) {
        if let refusal = APIRefusal(problems) { throw refusal }
    }

    /// Refuses the request; called only when a problem is known.
    func refuse() throws(APIRefusal) -> Never {
        guard let refusal = APIRefusal(problems) else { preconditionFailure("a request was refused without a problem") }
        throw refusal
    }
}

/// JSON pointers (RFC 6901) to the members of a request.
enum APIPointer {
    /// A member's name as a step of a pointer: `~` and `/` are escaped.
    static func step(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        var escaped = ""
        for character in name.unicodeScalars {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// A name as a detail quotes it: the start of a long one.
    static func quoted(_ name: String) -> String {
        let scalars = name.unicodeScalars
        return scalars.count > 64 ? "'\(String(scalars.prefix(64)))…'" : "'\(name)'"
    }
}
