internal import Cryptography
internal import JMESPath
internal import JSON

extension VendorFunctions {
    static let linesFunctions: [Function] = [inflate, jsonLines]

    /// `inflate(text)`: the text in gzip or zlib in base 64; null when it is none or no UTF-8.
    ///
    /// Expands to no more than what may still be built.
    private static let inflate = Function(name: "inflate", parameters: [.any], result: [.string, .null]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        guard let packed = arguments[0].withStringBytes({ Base64.decode($0) }) ?? nil else { return .null }
        try evaluation.charge(steps: packed.count >> 6)
        let text: [UInt8]
        do throws(CompressionError) {
            text = try inflated(packed, limit: evaluation.remainingOutputBytes)
        } catch {
            guard error.code == .limitExceeded else { return .null }
            throw JMESPathError(.budget, "what inflate() expands is longer than an expression may build")
        }
        try evaluation.charge(outputBytes: text.count)
        return String(validating: text, as: UTF8.self) == nil ? .null : .string(text)
    }

    private static func inflated(_ packed: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
        let result: Result<[UInt8], CompressionError> = packed.withUnsafeBytes { bytes in
            do throws(CompressionError) { return .success(try Gzip.inflateEither(bytes, limit: limit)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// `json_lines(text)`: an array of the values that stand one a line or back to back; null for no text.
    ///
    /// What cannot be read stays as its text, so that it is set aside and its neighbours are not.
    private static let jsonLines = Function(name: "json_lines", parameters: [.any], result: [.array, .null]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        var result: JSONValue?
        var failure: JMESPathError?
        arguments[0].withStringBytes { text in
            do throws(JMESPathError) { result = try JSONLines.values(in: text, evaluation) } catch { failure = error }
        }
        if let failure { throw failure }
        return result ?? .null
    }
}

/// Reads a text of several JSON values.
private enum JSONLines {
    // Parsed as one array: a document for each value would cost far more than the value.
    static func values(in text: UnsafeRawBufferPointer, _ evaluation: Evaluation) throws(JMESPathError) -> JSONValue {
        let scanner = BorderScanner(bytes: text)
        try evaluation.charge(steps: text.count >> 6)
        let ranges = scanner.values(in: 0..<text.count, maximumCount: text.count) ?? lines(scanner)
        try evaluation.charge(outputBytes: 16 * ranges.count)
        let joined = array(of: ranges.map { UnsafeRawBufferPointer(rebasing: text[$0]) })
        if let values = try parse(joined, evaluation) { return values }
        let document = JSONDocument()
        var repaired: [UInt8] = [UInt8(ascii: "[")]
        for range in ranges {
            let value = UnsafeRawBufferPointer(rebasing: text[range])
            try evaluation.charge(steps: 1 + value.count >> 6)
            if repaired.count > 1 { repaired.append(UInt8(ascii: ",")) }
            if (try? document.parse(value)) != nil {
                repaired.append(contentsOf: value)
            } else {
                var writer = JSONWriter()
                writer.append(canonical: .string(String(decoding: value, as: UTF8.self)))
                repaired.append(contentsOf: writer.bytes)
            }
        }
        repaired.append(UInt8(ascii: "]"))
        return try parse(repaired, evaluation) ?? .array([])
    }

    private static func parse(_ text: [UInt8], _ evaluation: Evaluation) throws(JMESPathError) -> JSONValue? {
        var value: JSONValue?
        var failure: JMESPathError?
        text.withUnsafeBytes { bytes in
            do throws(JMESPathError) { value = try evaluation.parse(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        return value
    }

    private static func array(of values: [UnsafeRawBufferPointer]) -> [UInt8] {
        var text: [UInt8] = [UInt8(ascii: "[")]
        text.reserveCapacity(values.reduce(2) { $0 + $1.count + 1 })
        for value in values {
            if text.count > 1 { text.append(UInt8(ascii: ",")) }
            text.append(contentsOf: value)
        }
        text.append(UInt8(ascii: "]"))
        return text
    }

    /// The lines that are not empty, for a text in which no borders can be told.
    private static func lines(_ scanner: BorderScanner) -> [Range<Int>] {
        let lines = scanner.bytes.split(separator: 0x0A).map { scanner.trimmed($0.startIndex..<$0.endIndex) }
        return lines.filter { !$0.isEmpty }
    }
}
