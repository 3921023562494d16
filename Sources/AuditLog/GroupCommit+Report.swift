extension GroupCommit {
    /// What the writer did, for metrics and for followers.
    package struct Report: Sendable {
        package enum Work: Sendable {
            case commit
            /// Trying whether a store that failed works again.
            case probe
            /// Removing what is past its time.
            case sweep
            /// Copying the write-ahead log into the database.
            case checkpoint
            /// What ``GroupCommit/perform(_:completion:)`` ran, such as publishing or erasing; told of when it fails.
            case task
        }

        package let work: Work
        package let requests: Int
        package let events: Int
        /// Seconds, from taking the batch to its being on disk.
        package let seconds: Double
        /// nil when the batch is on disk.
        package let error: StoreError?
        /// Whether the log grew, so that followers have something to do.
        package let hasNewEvents: Bool
        /// Seconds by which the receipt time of the newest of the events is ahead of the clock, which has stepped back
        /// then; nil when none was stored.
        package let secondsAhead: Double?

        init(
            _ work: Work,
            requests: Int = 0,
            events: Int = 0,
            seconds: Double = 0,
            error: StoreError? = nil,
            hasNewEvents: Bool = false,
            secondsAhead: Double? = nil
        ) {
            self.work = work
            self.requests = requests
            self.events = events
            self.seconds = seconds
            self.error = error
            self.hasNewEvents = hasNewEvents
            self.secondsAhead = secondsAhead
        }
    }
}
