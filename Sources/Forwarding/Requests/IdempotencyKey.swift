/// Writes the `Idempotency-Key` of a request: who sends which sequences.
///
///     agw1;pci_sjt6tyjbhnlbpvu4v6o5pmufdmqp3zsa;101-180,183
///
/// A receiver that knows the form keeps one key an event, so a batch that is cut anew after a crash arrives once.
struct IdempotencyKey: Equatable {
    /// Longer keys could meet a receiver's limit for header lines.
    static let maximumBytes = 3000

    private let prefix: String
    private var finished = ""
    private var last: ClosedRange<UInt64>?

    init(sender: String) { prefix = "agw1;\(sender);" }

    /// Whether another sequence may be appended.
    var hasRoom: Bool { finished.utf8.count < IdempotencyKey.maximumBytes }

    /// Appends a sequence above all before it.
    mutating func append(_ sequence: UInt64) {
        if let range = last {
            precondition(sequence > range.upperBound, "sequence \(sequence) after \(range.upperBound)")
            if sequence == range.upperBound + 1 {
                last = range.lowerBound...sequence
                return
            }
            finished += IdempotencyKey.text(range) + ","
        }
        last = sequence...sequence
    }

    var text: String { prefix + finished + (last.map(IdempotencyKey.text) ?? "") }

    private static func text(_ range: ClosedRange<UInt64>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
}
