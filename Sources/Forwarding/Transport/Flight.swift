/// A request on its way.
struct Flight {
    enum Kind { case post, poll }

    let kind: Kind
    let batch: Batch
    /// Whether the circuit let it go on trial.
    let isTrial: Bool
    /// Which of the sink's tokens it carries.
    let token: Int
}
