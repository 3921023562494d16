internal import Glibc
internal import JSON
internal import Mapping
internal import Schema

/// A bad value that was overwritten, so that its neighbours can be read.
struct Patch {
    /// Where it stands.
    let range: Range<Int>
    /// What is wrong with it, in one clause.
    let reason: String
}

/// A part of a body that is read as one value.
struct Chunk {
    /// As it is in the body, or with bad values overwritten by others of the same length.
    let text: UnsafeRawBufferPointer
    /// Where it stands in the body.
    let range: Range<Int>
    /// What was overwritten, ascending; places in the body.
    var patches: [Patch] = []
    /// Whether the text was decoded from the body, so that places in it say nothing about places in the body.
    var isDecoded = false

    init(_ body: UnsafeRawBufferPointer, _ range: Range<Int>) {
        text = UnsafeRawBufferPointer(rebasing: body[range])
        self.range = range
    }

    /// A chunk whose text was made out of all that stands in another one.
    init(_ chunk: Chunk, decoded text: UnsafeRawBufferPointer) {
        self.text = text
        range = chunk.range
        isDecoded = true
    }

    /// A chunk whose text was repaired.
    init(_ chunk: Chunk, repaired text: UnsafeRawBufferPointer, _ patches: [Patch]) {
        self.text = text
        range = chunk.range
        let start = range.lowerBound
        self.patches = patches.map {
            Patch(range: $0.range.lowerBound + start..<$0.range.upperBound + start, reason: $0.reason)
        }
    }
}

extension DeliveryReader {
    /// Cuts a body into records and maps them.
    func readRecords(of body: [UInt8], _ source: Source) throws(BodyProblem) {
        let result: Result<Void, BodyProblem> = body.withUnsafeBytes { bytes in
            do throws(BodyProblem) {
                return .success(try readRecords(of: bytes, source))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func readRecords(of body: UnsafeRawBufferPointer, _ source: Source) throws(BodyProblem) {
        let scanner = BorderScanner(bytes: body)
        // A byte order mark is passed over (RFC 8259, section 8.1).
        let mark = body.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let range = scanner.trimmed(mark..<body.count)
        let framing = source.mapping.mapping.framing
        let whole = Chunk(body, range)
        guard !range.isEmpty else {
            guard framing.acceptsEmpty else { throw .unreadable("the body is empty") }
            return try map(.object([]), whole, source)
        }
        switch framing.format {
        case .form: return try readForm(whole, field: framing.field, source)
        case .text: return try readText(body, range, source)
        case .lines: try readLines(body, range, source)
        case .json:
            guard let problem = parse(whole) else { return try map(document.root, whole, source) }
            try readUnparsed(whole, problem, source)
        case .automatic:
            if firstLineIsValue(body, range) { return try readLines(body, range, source) }
            guard let problem = parse(whole) else { return try map(document.root, whole, source) }
            if isLines(body, range) {
                try readLines(body, range, source)
            } else if let values = values(in: range, scanner, source), values.count > 1 {
                try readValues(values, body, source)
            } else {
                try readUnparsed(whole, problem, source)
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
    private func readUnparsed(_ chunk: Chunk, _ problem: JSONError, _ source: Source) throws(BodyProblem) {
        if let patch = try readRepaired(chunk, problem, source) {
            throw .unreadable("at byte \(patch.range.lowerBound): \(patch.reason)")
        }
    }

    /// Reads a chunk whose bad values can be told from the others.
    ///
    /// - Returns: what keeps it from being read; nil when it was.
    private func readRepaired(_ chunk: Chunk, _ problem: JSONError, _ source: Source) throws(BodyProblem) -> Patch? {
        let whole = Patch(range: chunk.range, reason: problem.message)
        let first = chunk.text.first
        guard first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else { return whole }
        var repair = BodyRepair(chunk.text, maximumCount: source.limits.maximumRecords, document: document)
        guard repair.repair() else { return whole }
        let result: Result<Patch?, BodyProblem> = repair.bytes.withUnsafeBytes { bytes in
            let repaired = Chunk(chunk, repaired: bytes, repair.patches)
            guard parse(repaired) == nil else { return .success(whole) }
            do throws(BodyProblem) {
                // What was overwritten belongs to the only record: then it is the chunk that cannot be read.
                return .success(
                    try mapRepaired(document.root, repaired, source) ? nil : repaired.patches.first ?? whole
                )
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    // MARK: - Several values

    private func readValues(
        _ values: [Range<Int>],
        _ body: UnsafeRawBufferPointer,
        _ source: Source
    ) throws(BodyProblem) {
        for range in values {
            let chunk = Chunk(body, range)
            guard let problem = parse(chunk) else {
                try map(document.root, chunk, source)
                continue
            }
            if let patch = try readRepaired(chunk, problem, source) { try setAside(range, patch, source) }
        }
    }

    private func readLines(
        _ body: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        _ source: Source
    ) throws(BodyProblem) {
        let scanner = BorderScanner(bytes: body)
        var rest = range
        while let line = nextLine(&rest, body) {
            let range = scanner.trimmed(line)
            if range.isEmpty { continue }
            let chunk = Chunk(body, range)
            guard let problem = parse(chunk) else {
                try map(document.root, chunk, source)
                continue
            }
            if let values = values(in: range, scanner, source) {
                try readValues(values, body, source)
            } else {
                try setAside(range, Patch(range: range, reason: problem.message), source)
            }
        }
    }

    /// Takes the first line from a range.
    func nextLine(_ rest: inout Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
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
    private func firstLineIsValue(_ body: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        guard let end = lineEnd(in: range, body) else { return false }
        return isContainer(Chunk(body, BorderScanner(bytes: body).trimmed(range.lowerBound..<end)))
    }

    /// Whether at least half of several lines are objects or arrays by themselves.
    private func isLines(_ body: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        let scanner = BorderScanner(bytes: body)
        var rest = range
        var count = 0
        var containers = 0
        while let line = nextLine(&rest, body) {
            let range = scanner.trimmed(line)
            if range.isEmpty { continue }
            count += 1
            if isContainer(Chunk(body, range)) { containers += 1 }
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

    /// Sets aside what cannot be read.
    ///
    /// - Parameters:
    ///   - range: what is kept.
    ///   - patch: the bad value in it.
    ///   - source: whose limit of records counts.
    /// - Throws: that there are too many records.
    func setAside(_ range: Range<Int>, _ patch: Patch, _ source: Source) throws(BodyProblem) {
        try count(source)
        progress.quarantined.append(
            QuarantinedRecord(
                cause: .unreadable,
                reason: "not readable at byte \(patch.range.lowerBound): \(patch.reason)",
                place: nil,
                range: range
            )
        )
    }

    /// Makes sure that there is room for one more record.
    ///
    /// - Returns: the record's number.
    @inline(__always)
    @discardableResult
    func count(_ source: Source) throws(BodyProblem) -> Int {
        let number = progress.recordCount
        if number >= source.limits.maximumRecords { throw tooMany(source) }
        progress.recordCount += 1
        return number
    }

    /// Makes sure that there is room for some more records, before memory is taken for them.
    func checkRoom(forRecords count: Int, _ source: Source) throws(BodyProblem) {
        if count > source.limits.maximumRecords - progress.recordCount { throw tooMany(source) }
    }

    @inline(never)
    private func tooMany(_ source: Source) -> BodyProblem {
        .tooLarge("the delivery has more than \(source.limits.maximumRecords) records")
    }
}
