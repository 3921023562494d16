internal import Glibc
internal import JSON
internal import Mapping
internal import Schema

/// A part of a body that is read as one value.
struct Chunk {
    /// The body, or a repaired copy of it that has the same places.
    let bytes: UnsafeRawBufferPointer
    let range: Range<Int>
    /// Where bad elements were overwritten.
    var patches: [Range<Int>] = []

    var text: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
}

extension DeliveryReader {
    /// Cuts a body into records and maps them.
    func readRecords(of body: [UInt8], _ source: Source) throws(BodyProblem) {
        let result: Result<Void, BodyProblem> = body.withUnsafeBytes { bytes in
            do throws(BodyProblem) {
                return .success(try readRecords(of: bytes, body, source))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func readRecords(of bytes: UnsafeRawBufferPointer, _ body: [UInt8], _ source: Source) throws(BodyProblem) {
        let scanner = BorderScanner(bytes: bytes)
        // A byte order mark is passed over (RFC 8259, section 8.1).
        let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let range = scanner.trimmed(mark..<bytes.count)
        guard !range.isEmpty else { throw .unreadable("the body is empty") }
        let whole = Chunk(bytes: bytes, range: range)
        switch source.mapping.mapping.framing.format {
        case .form:
            let form = JSONValue.object(PercentCoding.pairs(whole.text))
            try map(form, whole, source)
            return
        case .lines: try readLines(whole, body, source)
        case .json:
            if parse(whole) == nil { return try map(document.root, whole, source) }
            try readUnparsed(whole, body, source)
        case .automatic:
            if firstLineIsValue(whole) { return try readLines(whole, body, source) }
            guard let problem = parse(whole) else { return try map(document.root, whole, source) }
            if isLines(whole) {
                try readLines(whole, body, source)
            } else if let values = values(in: range, scanner, source), values.count > 1 {
                try readValues(values, whole, body, source)
            } else {
                try readUnparsed(whole, body, source, problem)
            }
        }
        guard progress.hasReadable else { throw .unreadable("nothing in the body is JSON") }
    }

    /// The values that stand one behind the other, of which the first is an object or array; nil when they cannot be told.
    private func values(in range: Range<Int>, _ scanner: BorderScanner, _ source: Source) -> [Range<Int>]? {
        let first = scanner.bytes[range.lowerBound]
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return nil }
        return scanner.values(in: range, maximumCount: source.limits.maximumRecords + 1)
    }

    /// Parses a chunk; the reason when it cannot be.
    private func parse(_ chunk: Chunk) -> JSONError? {
        do throws(JSONError) {
            try document.parse(chunk.text)
            return nil
        } catch {
            return error
        }
    }

    // MARK: - One value

    /// Reads a whole body that cannot be parsed as it is.
    private func readUnparsed(
        _ chunk: Chunk,
        _ body: [UInt8],
        _ source: Source,
        _ problem: JSONError? = nil
    ) throws(BodyProblem) {
        let problem = problem ?? parse(chunk)
        guard try readRepaired(chunk, body, source) else {
            throw .unreadable(problem?.message ?? "not JSON")
        }
    }

    /// Reads a chunk whose bad elements can be told from the others; false when they cannot.
    private func readRepaired(_ chunk: Chunk, _ body: [UInt8], _ source: Source) throws(BodyProblem) -> Bool {
        let first = chunk.text.first
        guard first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else { return false }
        var repair = BodyRepair(body, maximumCount: source.limits.maximumRecords, document: document)
        guard repair.repair(chunk.range) else { return false }
        let result: Result<Void, BodyProblem> = repair.bytes.withUnsafeBytes { bytes in
            let repaired = Chunk(bytes: bytes, range: chunk.range, patches: repair.patches)
            guard parse(repaired) == nil else { return .failure(.unreadable("not JSON")) }
            do throws(BodyProblem) {
                return .success(try map(document.root, repaired, source))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        return true
    }

    // MARK: - Several values

    private func readValues(
        _ values: [Range<Int>],
        _ whole: Chunk,
        _ body: [UInt8],
        _ source: Source
    ) throws(BodyProblem) {
        for range in values {
            let chunk = Chunk(bytes: whole.bytes, range: range)
            guard let problem = parse(chunk) else {
                try map(document.root, chunk, source)
                continue
            }
            if try readRepaired(chunk, body, source) { continue }
            try setAside(range, problem.message, source)
        }
    }

    private func readLines(_ whole: Chunk, _ body: [UInt8], _ source: Source) throws(BodyProblem) {
        let scanner = BorderScanner(bytes: whole.bytes)
        var rest = whole.range
        while let line = nextLine(&rest, whole.bytes) {
            let range = scanner.trimmed(line)
            if range.isEmpty { continue }
            let chunk = Chunk(bytes: whole.bytes, range: range)
            if parse(chunk) == nil {
                try map(document.root, chunk, source)
            } else if let values = values(in: range, scanner, source) {
                try readValues(values, whole, body, source)
            } else {
                try setAside(range, "the line is not JSON", source)
            }
        }
    }

    /// Takes the first line from a range.
    private func nextLine(_ rest: inout Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        guard !rest.isEmpty else { return nil }
        let end = lineEnd(in: rest, bytes) ?? rest.upperBound
        let line = rest.lowerBound..<end
        rest = min(end + 1, rest.upperBound)..<rest.upperBound
        return line
    }

    /// Where the first line feed of a range stands.
    private func lineEnd(in range: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base + range.lowerBound, 0x0A, range.count) else {
            return nil
        }
        return UnsafeRawPointer(found) - base
    }

    /// Whether the body has several lines and the first is an object or array by itself.
    private func firstLineIsValue(_ whole: Chunk) -> Bool {
        guard let end = lineEnd(in: whole.range, whole.bytes) else { return false }
        let range = BorderScanner(bytes: whole.bytes).trimmed(whole.range.lowerBound..<end)
        return isContainer(Chunk(bytes: whole.bytes, range: range))
    }

    /// Whether at least half of several lines are objects or arrays by themselves.
    private func isLines(_ whole: Chunk) -> Bool {
        let scanner = BorderScanner(bytes: whole.bytes)
        var rest = whole.range
        var count = 0
        var containers = 0
        while let line = nextLine(&rest, whole.bytes) {
            let range = scanner.trimmed(line)
            if range.isEmpty { continue }
            count += 1
            if isContainer(Chunk(bytes: whole.bytes, range: range)) { containers += 1 }
        }
        return count > 1 && containers * 2 >= count
    }

    private func isContainer(_ chunk: Chunk) -> Bool {
        // The cheap look first: most lines of a body that is no lines end otherwise.
        switch (chunk.text.first, chunk.text.last) {
        case (UInt8(ascii: "{"), UInt8(ascii: "}")), (UInt8(ascii: "["), UInt8(ascii: "]")): parse(chunk) == nil
        default: false
        }
    }

    // MARK: - Quarantine

    func setAside(_ range: Range<Int>, _ reason: String, _ source: Source) throws(BodyProblem) {
        try count(source)
        progress.quarantined.append(
            QuarantinedRecord(cause: .unreadable, reason: "not readable: \(reason)", place: nil, range: range)
        )
    }

    /// Makes sure that there is room for one more record.
    @inline(__always)
    func count(_ source: Source) throws(BodyProblem) {
        if progress.recordCount >= source.limits.maximumRecords { throw tooMany(source) }
        progress.recordCount += 1
    }

    @inline(never)
    private func tooMany(_ source: Source) -> BodyProblem {
        .tooLarge("the delivery has more than \(source.limits.maximumRecords) records")
    }
}
