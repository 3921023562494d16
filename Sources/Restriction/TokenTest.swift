internal import Glibc
internal import JSON
internal import Schema

/// A test of a value's canonical JSON.
///
/// A test can fail to tell: whether `10.0.0.1:443` lies in a network nobody knows, since it is no address, though who
/// wrote it may mean one. What is not known counts as a refusal, and what denies it is not known either, so that
/// `not` keeps no value out that is merely written in another way. As in SQL, `any` is known as soon as one of its tests
/// passes, and `all` as soon as one does not.
indirect enum TokenTest: Sendable {
    /// One of some whole tokens, sorted by length and then bytes.
    case oneOf([[UInt8]])
    /// A string token that begins so: with its opening quote, escaped, without a closing quote.
    case begins([UInt8])
    case inNetwork(IPNetwork)
    case any([TokenTest])
    case all([TokenTest])
    case not(TokenTest)

    /// Whether a value is known to pass.
    func passes(_ token: UnsafeRawBufferPointer) -> Bool { verdict(on: token) == .passes }

    private enum Verdict {
        case passes, fails, unknown

        init(_ passes: Bool) { self = passes ? .passes : .fails }
    }

    private func verdict(on token: UnsafeRawBufferPointer) -> Verdict {
        switch self {
        case .oneOf(let tokens): Verdict(Self.contains(tokens, token))
        case .begins(let start): Verdict(start.count <= token.count && Self.compare(start, token, start.count) == 0)
        case .inNetwork(let network): Self.verdict(on: Self.address(token), in: network)
        case .any(let tests): Self.first(.passes, of: tests, on: token, otherwise: .fails)
        case .all(let tests): Self.first(.fails, of: tests, on: token, otherwise: .passes)
        case .not(let test):
            switch test.verdict(on: token) {
            case .passes: .fails
            case .fails: .passes
            case .unknown: .unknown
            }
        }
    }

    private static func verdict(on address: IPAddress?, in network: IPNetwork) -> Verdict {
        // `::10.0.0.1` is an address of IPv6 in an old form that some take for the one of IPv4 at its end.
        guard let address, network.address.family == .ipv6 || !address.endsInIPv4 else { return .unknown }
        return Verdict(network.contains(address))
    }

    /// A verdict that decides for all tests together, or, when none gives it, `unknown` if one is not known.
    private static func first(
        _ decisive: Verdict,
        of tests: [TokenTest],
        on token: UnsafeRawBufferPointer,
        otherwise: Verdict
    ) -> Verdict {
        var verdict = otherwise
        for test in tests {
            switch test.verdict(on: token) {
            case decisive: return decisive
            case .unknown: verdict = .unknown
            case .passes, .fails: break
            }
        }
        return verdict
    }

    /// The address that a string token holds; nil for any other token and for text with escapes.
    private static func address(_ token: UnsafeRawBufferPointer) -> IPAddress? {
        guard token.count > 2, token[0] == UInt8(ascii: "\""), token[token.count - 1] == UInt8(ascii: "\"") else {
            return nil
        }
        return IPAddress(UnsafeRawBufferPointer(rebasing: token[1..<(token.count - 1)]))
    }

    private static func contains(_ tokens: [[UInt8]], _ token: UnsafeRawBufferPointer) -> Bool {
        var low = 0
        var high = tokens.count
        while low < high {
            let middle = (low + high) / 2
            let order = order(tokens[middle], token)
            if order == 0 { return true }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return false
    }

    /// Below 0 when `a` sorts before `b`: shorter first, then by bytes.
    private static func order(_ a: [UInt8], _ b: UnsafeRawBufferPointer) -> Int32 {
        guard a.count == b.count else { return a.count < b.count ? -1 : 1 }
        return compare(a, b, a.count)
    }

    private static func compare(_ a: [UInt8], _ b: UnsafeRawBufferPointer, _ count: Int) -> Int32 {
        a.withUnsafeBytes { a in
            guard let a = a.baseAddress, let b = b.baseAddress else { return 0 }
            return memcmp(a, b, count)
        }
    }

    /// Turns what was written into tests of tokens and collects what the field can never hold.
    struct Compiler {
        let field: Field
        private(set) var mismatches: [String] = []
        /// What is longer than any value of the field.
        private(set) var oversizes: [String] = []

        init(field: Field) { self.field = field }

        mutating func compile(_ condition: FieldRule.Condition) -> TokenTest {
            switch condition {
            case .equals(let scalar): return .oneOf(token(scalar).map { [$0] } ?? [])
            case .prefix(let text):
                needText("a prefix")
                checkSize("the prefix", text)
                var writer = JSONWriter()
                writer.append(string: text)
                return .begins(Array(writer.bytes.dropLast()))
            case .network(let network):
                needText("an address range")
                return .inNetwork(network)
            case .all(let conditions): return .all(conditions.map { compile($0) })
            case .not(let condition): return .not(compile(condition))
            case .any(let conditions): return any(conditions)
            }
        }

        /// Whole values are looked up together, whatever stands between them.
        private mutating func any(_ conditions: [FieldRule.Condition]) -> TokenTest {
            var tokens: [[UInt8]] = []
            var tests: [TokenTest] = []
            for condition in conditions {
                if case .equals(let scalar) = condition {
                    if let token = token(scalar) { tokens.append(token) }
                } else {
                    tests.append(compile(condition))
                }
            }
            tokens.sort { a, b in b.withUnsafeBytes { TokenTest.order(a, $0) < 0 } }
            if !tokens.isEmpty { tests.insert(.oneOf(tokens), at: 0) }
            return tests.count == 1 ? tests[0] : .any(tests)
        }

        private mutating func token(_ scalar: FieldRule.Scalar) -> [UInt8]? {
            var writer = JSONWriter()
            switch (scalar, field.kind) {
            case (.text(let text), .string), (.text(let text), .text), (.text(let text), .stringUnindexed),
                (.text(let text), .datetime):
                checkSize("the value", text)
                writer.append(string: text)
            case (.integer(let number), .integer): writer.append(integer: number)
            case (.bool(let bool), .boolean): writer.append(canonical: .bool(bool))
            case (.text, .integer): mismatch("holds whole numbers; write the value without quotes")
            case (.text, .boolean), (.integer, .boolean): mismatch("holds true or false; write one of them")
            case (.bool, .integer): mismatch("holds whole numbers, never true or false")
            case (.integer, .string), (.integer, .text), (.integer, .stringUnindexed), (.integer, .datetime),
                (.bool, .string), (.bool, .text), (.bool, .stringUnindexed), (.bool, .datetime):
                mismatch("holds text; write the value in quotes")
            }
            return writer.bytes.isEmpty ? nil : writer.bytes
        }

        private mutating func needText(_ what: String) {
            guard !field.kind.isText, field.kind != .datetime else { return }
            mismatch("is of type \(field.kind.rawValue), which \(what) cannot match; list its values instead")
        }

        private mutating func checkSize(_ what: String, _ text: String) {
            guard let size = field.size, text.unicodeScalars.count > size else { return }
            let start = String(String.UnicodeScalarView(text.unicodeScalars.prefix(20)))
            oversizes.append(
                "the field '\(field.id)' holds at most \(size) characters; \(what) '\(start)…' is longer and never matches"
            )
        }

        private mutating func mismatch(_ message: String) {
            let message = "the field '\(field.id)' " + message
            if !mismatches.contains(message) { mismatches.append(message) }
        }
    }
}
