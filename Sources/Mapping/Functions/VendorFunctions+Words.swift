internal import Cryptography
internal import JMESPath
internal import JSON

extension VendorFunctions {
    static let wordFunctions: [Function] = [host, keyValues, text, sha256]

    /// `host(text)`: the host of `host:port` and `[v6]:port`; null for no text.
    ///
    /// `::ffff:10.0.0.1` becomes `10.0.0.1`.
    private static let host = Function(name: "host", parameters: [.any], result: [.string, .null]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        guard let host = arguments[0].withStringBytes({ HostText.host(in: $0) }) else { return .null }
        return try evaluation.text(host)
    }

    /// `keyvalues(text)`: the object that `k="v", k2=v2` says; null for no text.
    ///
    /// Words without `=` are passed over. Between two there are blanks, commas or semicolons. In quotes `\"` is a quote and `\\` a backslash. Of equal names
    /// the first counts.
    private static let keyValues = Function(name: "keyvalues", parameters: [.any], result: [.object, .null]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        guard let pairs = arguments[0].withStringBytes({ KeyValueText.pairs(in: $0) }) else { return .null }
        try evaluation.charge(steps: (arguments[0].withStringBytes { $0.count } ?? 0) >> 3)
        var seen: Set<[UInt8]> = []
        var length = 0
        var members: [JSONMember] = []
        for pair in pairs where seen.insert(pair.name).inserted {
            length += pair.value.count
            members.append(JSONMember(name: pair.name, value: .string(pair.value)))
        }
        try evaluation.charge(outputBytes: length)
        return try evaluation.object(members)
    }

    /// `text(value)`: the value as a field's text: text as it is, anything else as canonical JSON; null stays null.
    private static let text = Function(name: "text", parameters: [.any], result: [.string, .null]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        if arguments[0].isNull || arguments[0].isString { return arguments[0] }
        try evaluation.checkTextLength(of: arguments[0])
        return try evaluation.text(arguments[0].plainText)
    }

    /// `sha256(text)`: SHA-256, in hex, of a text's bytes; null for anything else.
    private static let sha256 = Function(name: "sha256", parameters: [.any], result: [.string, .null]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        var length = 0
        let digest = arguments[0].withStringBytes { text in
            length = text.count
            return SHA256Hasher.hash(text)
        }
        guard let digest else { return .null }
        try evaluation.charge(steps: length >> 6)
        var hex: [UInt8] = []
        Hex.append(digest, to: &hex)
        return try evaluation.text(hex)
    }
}

/// Finds the host in what vendors write as an address.
enum HostText {
    static func host(in text: UnsafeRawBufferPointer) -> [UInt8] {
        let whole = BorderScanner(bytes: text).trimmed(0..<text.count)
        var host = text[whole]
        if host.first == UInt8(ascii: "["), let end = host.firstIndex(of: UInt8(ascii: "]")) {
            host = host[(host.startIndex + 1)..<end]
        } else {
            host = withoutPort(host)
        }
        return unmapped(host)
    }

    /// The text before the only colon, if digits stand behind it.
    private static func withoutPort(_ text: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return text }
        let port = text[(colon + 1)...]
        return port.allSatisfy({ (0x30...0x39).contains($0) }) ? text[..<colon] : text
    }

    /// An IPv4 address that is written as IPv6 (RFC 4291, section 2.5.5.2) as it is written by itself.
    private static func unmapped(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        let mark = Array("::ffff:".utf8)
        guard text.count > mark.count, text.prefix(mark.count).map({ $0 == 0x46 ? 0x66 : $0 }) == mark else {
            return [UInt8](text)
        }
        let rest = text.dropFirst(mark.count)
        if rest.contains(UInt8(ascii: ".")) { return [UInt8](withoutPort(rest)) }
        let groups = rest.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let numbers = groups.compactMap { UInt16(String(decoding: $0, as: UTF8.self), radix: 16) }
        guard groups.count == 2, numbers.count == 2 else { return [UInt8](text) }
        let address = numbers.flatMap { [$0 >> 8, $0 & 0xFF] }.map { String($0) }.joined(separator: ".")
        return Array(address.utf8)
    }
}

/// Reads `k="v", k2=v2`.
enum KeyValueText {
    static func pairs(in text: UnsafeRawBufferPointer) -> [(name: [UInt8], value: [UInt8])] {
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        var index = 0
        while index < text.count {
            if isBorder(text[index]) {
                index += 1
                continue
            }
            let start = index
            while index < text.count, !isBorder(text[index]), text[index] != UInt8(ascii: "=") { index += 1 }
            guard index < text.count, text[index] == UInt8(ascii: "="), index > start else {
                // A word, or an equals sign, by itself.
                if index < text.count, text[index] == UInt8(ascii: "=") { index += 1 }
                continue
            }
            let name = [UInt8](text[start..<index])
            index += 1
            pairs.append((name, value(in: text, &index)))
        }
        return pairs
    }

    private static func value(in text: UnsafeRawBufferPointer, _ index: inout Int) -> [UInt8] {
        var value: [UInt8] = []
        guard index < text.count, text[index] == UInt8(ascii: "\"") else {
            let start = index
            while index < text.count, !isBorder(text[index]) { index += 1 }
            return [UInt8](text[start..<index])
        }
        index += 1
        while index < text.count, text[index] != UInt8(ascii: "\"") {
            let next = index + 1 < text.count ? text[index + 1] : 0
            if text[index] == UInt8(ascii: "\\"), next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") {
                index += 1
            }
            value.append(text[index])
            index += 1
        }
        index += 1
        return value
    }

    private static func isBorder(_ byte: UInt8) -> Bool {
        BorderScanner.isSpace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";")
    }
}
