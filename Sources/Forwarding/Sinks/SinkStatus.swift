/// How one sink is doing, for `/readyz` and for people.
package struct SinkStatus: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// Its cursor could not be read yet.
        case starting
        /// Takes events, or has all of them.
        case following
        /// Does not answer, or not now, or the log cannot be read for it; tried again by itself.
        case retrying
        /// Refuses our token or settings; a person has to act, tried again by itself.
        case paused
        /// Forwarding has ended.
        case stopped
    }

    package let name: String
    package var state = State.starting
    /// Events from the cursor to the head of the log.
    package var lagEvents: UInt64 = 0
    /// Everything up to this sequence is done.
    package var cursor: UInt64 = 0
    /// When the oldest event that was sent and not taken yet was received, in microseconds since 1970; nil without one.
    package var oldestWaitingSince: Int64?
    /// What keeps events waiting, or else the newest failure; nil when the last request went well.
    package var lastError: String?
    /// Events that the sink refused for good since the start.
    package var deadLetters = 0

    package init(name: String) { self.name = name }
}
