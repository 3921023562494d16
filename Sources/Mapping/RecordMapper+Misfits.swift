internal import JMESPath
package import JSON
package import Schema

/// A field whose value keeps its record from becoming an event.
package struct FieldMisfit: Sendable {
    package let field: Field
    /// Whether a required value is not there at all.
    package let isMissing: Bool
    /// In one sentence, without any of the record.
    package let reason: String
}

extension RecordMapper {
    /// Every field that fails for a record, not the first alone; ``begin(_:_:)`` with the same mapping comes first.
    package func misfits(of record: JSONValue, root: JSONValue, with bound: BoundMapping) -> [FieldMisfit] {
        evaluation.begin(root: root)
        do throws(RecordFailure) {
            if let ignore = bound.ignore, try value(of: ignore, record).isTrue { return [] }
        } catch {
            return []
        }
        var encoder = EventEncoder(schema: bound.schema)
        encoder.begin()
        return bound.programs.compactMap { misfit(of: $0, record, bound, &encoder) }
    }

    private func misfit(
        of program: FieldProgram,
        _ record: JSONValue,
        _ bound: BoundMapping,
        _ encoder: inout EventEncoder
    ) -> FieldMisfit? {
        let value: JSONValue
        do throws(RecordFailure) {
            value = try self.value(of: program, record, bound)
        } catch {
            return FieldMisfit(field: program.field, isMissing: false, reason: error.reason)
        }
        do throws(ConversionError) {
            guard try program.write(value, to: &encoder) == .absent, program.field.isRequired else { return nil }
            return FieldMisfit(field: program.field, isMissing: true, reason: "'\(program.field.id)' is required")
        } catch {
            return FieldMisfit(
                field: program.field,
                isMissing: false,
                reason: "'\(program.field.id)': \(error.message)"
            )
        }
    }
}
