internal import Cryptography
package import JMESPath
package import JSON
package import Schema

/// What expressions may read besides the record, for all records of one delivery.
package struct RecordContext {
    package var request = JSONValue.null
    package var source = JSONValue.null
    package var receivedAt = JSONValue.null
    /// Whom the ids belong to; ids of different scopes are never the same.
    package var scope: [UInt8] = []

    package init() {}
}

/// Why a record could not become an event.
package struct RecordFailure: Error, Equatable, Sendable {
    /// In one sentence, without any of the record.
    package let reason: String
    /// `file:line:column` of the expression.
    package let place: String

    package init(reason: String, place: String) {
        self.reason = reason
        self.place = place
    }
}

/// Turns records into events of a log.
///
/// Belongs to one thread, and its memory is used again for every record.
package final class RecordMapper {
    package enum Outcome {
        /// An event was written; ``RecordMapper/key`` and ``RecordMapper/id`` are its own.
        case event
        /// A probe that is answered and not stored.
        case ignored
        case failed(RecordFailure)
    }

    package let evaluation = Evaluation()
    /// The identity of the event that was written last.
    package private(set) var key: DeduplicationKey
    /// How many texts of the event that was written last were cut.
    package private(set) var cutCount = 0
    private let hasher = SHA256Hasher()
    // The scope and the id, each behind its length in four bytes.
    private var identity: [UInt8] = []
    private var idStart = 4
    private var writer = JSONWriter()
    private let digest: UnsafeMutableRawBufferPointer

    package init() {
        digest = .allocate(byteCount: SHA256Hasher.byteCount, alignment: 8)
        digest.initializeMemory(as: UInt8.self, repeating: 0)
        key = DeduplicationKey(time: nil, digest: UnsafeRawBufferPointer(digest))
    }

    deinit { digest.deallocate() }

    /// The id of the event that was written last, as text.
    package var id: [UInt8] { Array(identity[idStart...]) }

    /// Makes ready for the records of one delivery.
    package func begin(_ bound: BoundMapping, _ context: RecordContext) {
        evaluation.reset(root: .null)
        if bound.readsRequest { evaluation.bind("request", to: context.request) }
        if bound.readsSource { evaluation.bind("source", to: context.source) }
        if bound.readsReceivedAt { evaluation.bind("received_at", to: context.receivedAt) }
        identity.removeAll(keepingCapacity: true)
        RecordMapper.append(length: context.scope.count, to: &identity)
        identity += context.scope
        // The length is known once the id is there.
        RecordMapper.append(length: 0, to: &identity)
        idStart = identity.count
    }

    /// Forgets the delivery and gives back memory that only a long record needed.
    package func end() {
        evaluation.reset(root: .null)
        if writer.bytes.capacity > RecordMapper.keptBytes { writer = JSONWriter() }
        if identity.capacity > RecordMapper.keptBytes { identity = [] }
    }

    private static let keptBytes = 1 << 20

    /// Writes the event of a record, unless the record is a probe or cannot be mapped.
    ///
    /// ``begin(_:_:)`` with the same mapping comes first.
    ///
    /// - Parameters:
    ///   - record: the record.
    ///   - root: the decoded body that it came from.
    ///   - bound: the mapping and the log's schema.
    ///   - encoder: of the same schema. What a failed record wrote is forgotten.
    /// - Returns: what became of the record.
    package func map(
        _ record: JSONValue,
        root: JSONValue,
        with bound: BoundMapping,
        to encoder: inout EventEncoder
    ) -> Outcome {
        evaluation.begin(root: root)
        do throws(RecordFailure) {
            if let ignore = bound.ignore, try value(of: ignore, record).isTrue { return .ignored }
            encoder.begin()
            cutCount = 0
            for program in bound.programs { try write(program, record, bound, &encoder) }
            try identify(record, bound)
            if encoder.byteCount >= UInt32.max { throw RecordMapper.tooManyBytes(bound) }
        } catch {
            return .failed(error)
        }
        encoder.finish()
        return .event
    }

    @inline(__always)
    func value(of expression: PlacedExpression, _ record: JSONValue) throws(RecordFailure) -> JSONValue {
        do throws(JMESPathError) {
            return try expression.evaluate(record, in: evaluation)
        } catch {
            throw RecordFailure(reason: error.message, place: expression.place)
        }
    }

    // MARK: - Fields

    @inline(__always)
    private func write(
        _ program: FieldProgram,
        _ record: JSONValue,
        _ bound: BoundMapping,
        _ encoder: inout EventEncoder
    ) throws(RecordFailure) {
        let value = try self.value(of: program, record, bound)
        let outcome: FieldOutcome
        do throws(ConversionError) {
            outcome = try program.write(value, to: &encoder)
        } catch {
            throw failure(program, "\(program.field.id): \(error.message)", bound)
        }
        switch outcome {
        case .written: break
        case .cut: cutCount += 1
        case .absent:
            if program.field.isRequired {
                throw failure(program, "the required field '\(program.field.id)' has no value", bound)
            }
        }
    }

    /// The value of a field or of what it falls back to.
    @inline(__always)
    func value(
        of program: FieldProgram,
        _ record: JSONValue,
        _ bound: BoundMapping
    ) throws(RecordFailure) -> JSONValue {
        if let expression = program.expression {
            let value = try self.value(of: expression, record)
            if !bound.isAbsent(value) {
                return program.fallback == .other && !RecordMapper.isStatus(value) ? RecordMapper.other : value
            }
        }
        switch program.fallback {
        case .none: return .null
        case .other: return RecordMapper.other
        case .action:
            guard let action = bound.action else { return .null }
            let value = try value(of: action, record)
            return bound.isAbsent(value) ? .null : value
        }
    }

    private static let other = JSONValue.string("other")

    private static func isStatus(_ value: JSONValue) -> Bool {
        func means(_ text: UnsafeRawBufferPointer, _ status: StaticString) -> Bool {
            text.count == status.utf8CodeUnitCount
                && text.elementsEqual(UnsafeBufferPointer(start: status.utf8Start, count: status.utf8CodeUnitCount))
        }
        return value.withStringBytes { means($0, "success") || means($0, "failure") || means($0, "other") } ?? false
    }

    @inline(never)
    private static func tooManyBytes(_ bound: BoundMapping) -> RecordFailure {
        RecordFailure(reason: "the events of one delivery are longer than 4 GiB", place: bound.mapping.file)
    }

    @inline(never)
    private func failure(_ program: FieldProgram, _ reason: String, _ bound: BoundMapping) -> RecordFailure {
        RecordFailure(reason: reason, place: program.expression?.place ?? bound.mapping.file)
    }

    // MARK: - Identity

    private func identify(_ record: JSONValue, _ bound: BoundMapping) throws(RecordFailure) {
        identity.removeSubrange(idStart...)
        for expression in bound.ids {
            let id = try value(of: expression, record)
            if !bound.isAbsent(id) { appendID(id) }
            if identity.count > idStart { break }
        }
        if identity.count == idStart { appendHash(of: record) }
        var seconds: Int64?
        if let time = bound.time { seconds = VendorTime(try value(of: time, record))?.seconds }
        let lengthPlace = idStart - 4
        identity.withUnsafeMutableBytes { bytes in
            let length = UInt32(truncatingIfNeeded: bytes.count - lengthPlace - 4)
            bytes.storeBytes(of: length.bigEndian, toByteOffset: lengthPlace, as: UInt32.self)
            hasher.update(UnsafeRawBufferPointer(bytes))
        }
        hasher.finish(into: digest)
        key = DeduplicationKey(time: seconds, digest: UnsafeRawBufferPointer(digest))
    }

    /// Appends an id as text; nothing for what is no id.
    @inline(__always)
    private func appendID(_ value: JSONValue) {
        switch value {
        case .text(let text): identity.append(contentsOf: text.buffer)
        case .string(let text): identity.append(contentsOf: text)
        case .null: break
        case .bool, .integer, .unsigned, .double, .object: appendCanonical(value)
        case .node, .array:
            // A composed id without one of its parts would be the same for different events.
            var isWhole = value.count ?? 0 > 0
            value.forEachElement { if $0.isAbsent { isWhole = false } }
            if isWhole { appendCanonical(value) }
        }
    }

    private func appendCanonical(_ value: JSONValue) {
        writer.removeAll()
        writer.append(canonical: value)
        identity.append(contentsOf: writer.bytes)
    }

    private func appendHash(of record: JSONValue) {
        writer.removeAll()
        writer.append(canonical: record)
        writer.bytes.withUnsafeBytes { hasher.update($0) }
        hasher.finish(into: digest)
        Hex.append(UnsafeRawBufferPointer(digest), to: &identity)
    }

    private static func append(length: Int, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: length).bigEndian) { bytes.append(contentsOf: $0) }
    }
}
