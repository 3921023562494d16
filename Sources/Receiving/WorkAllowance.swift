internal import JMESPath

/// What mapping all records of one delivery may take together.
///
/// A record's own budget says nothing about their number: an expression that reads the whole body for each of ten
/// thousand records would cost the body's length times their number. The allowance grows with both, but only as their
/// sum.
struct WorkAllowance: Equatable {
    /// Several times what the bundled mappings take for their fixtures' records.
    static let stepsPerRecord = 2000, outputBytesPerRecord = 16 << 10
    private static let bytesPerStep = 2, outputBytesPerByte = 16

    private(set) var steps: Int
    private(set) var outputBytes: Int

    init(_ limits: DeliveryLimits, bodyByteCount: Int) {
        steps = limits.mappingSteps + bodyByteCount / WorkAllowance.bytesPerStep
        outputBytes =
            limits.mappingOutputBytes
            + min(bodyByteCount, Int.max / 2 / WorkAllowance.outputBytesPerByte) * WorkAllowance.outputBytesPerByte
    }

    /// Lets the next record have its own budget, as far as the delivery's goes.
    @inline(__always)
    mutating func begin(_ evaluation: Evaluation, _ limits: DeliveryLimits) {
        steps += WorkAllowance.stepsPerRecord
        outputBytes += WorkAllowance.outputBytesPerRecord
        evaluation.maximumSteps = min(limits.mappingSteps, steps)
        evaluation.maximumOutputBytes = min(limits.mappingOutputBytes, outputBytes)
    }

    /// Takes what the record has spent.
    @inline(__always)
    mutating func end(_ evaluation: Evaluation) {
        let spent = evaluation.spent
        steps = max(0, steps - spent.steps)
        outputBytes = max(0, outputBytes - spent.outputBytes)
    }
}
