package import AuditLog
package import Merkle

/// Something in a log that is not as it must be.
package struct LogProblem: Equatable, Sendable, CustomStringConvertible {
    /// The event that it is about, or the first of several; nil when it is about the log as a whole.
    package let sequence: UInt64?
    package let message: String

    init(_ sequence: UInt64? = nil, _ message: String) {
        self.sequence = sequence
        self.message = message
    }

    package var description: String { sequence.map { "sequence \($0): \(message)" } ?? message }
}

/// Whether a log's checkpoints were signed by whom they should be.
package enum SignatureState: Equatable, Sendable {
    /// No key for this log was given.
    case unchecked
    /// All are the key's, unless a problem says otherwise.
    case checked
}

/// What the verification of one log found.
package struct LogVerification: Sendable {
    /// Problems that are kept; all are counted.
    package static let maximumProblems = 1000

    package let log: LogIdentity
    /// Under which its checkpoints are signed; nil when none was.
    package internal(set) var origin: String?
    /// The newest sequence.
    package internal(set) var head: UInt64 = 0
    /// Events that are there, erased ones included.
    package internal(set) var events: UInt64 = 0
    package internal(set) var erased: UInt64 = 0
    /// Vendors' records that were compared with their hashes.
    package internal(set) var records: UInt64 = 0
    /// The newest published root as the events give it.
    package internal(set) var publishedRoots: UInt64 = 0
    package internal(set) var publishedRoot: TreeHash?
    /// The public tree's root at ``head`` as the events give it.
    package internal(set) var publicRoot: TreeHash?
    package internal(set) var checkpoints = 0
    /// Of the newest checkpoint.
    package internal(set) var checkpointSize: UInt64 = 0
    package internal(set) var signatures = SignatureState.unchecked
    /// The first ones, by sequence; those about the log as a whole last.
    package private(set) var problems: [LogProblem] = []
    package private(set) var problemCount = 0

    init(_ log: LogIdentity) { self.log = log }

    package var isWhole: Bool { problemCount == 0 }
    package var firstBadSequence: UInt64? { problems.lazy.compactMap(\.sequence).min() }

    mutating func add(_ problem: LogProblem) {
        problemCount += 1
        if problems.count < LogVerification.maximumProblems { problems.append(problem) }
    }

    mutating func sortProblems() {
        let order = problems.indices.sorted { a, b in
            let (first, second) = (problems[a].sequence ?? .max, problems[b].sequence ?? .max)
            return first == second ? a < b : first < second
        }
        problems = order.map { problems[$0] }
    }
}

/// What the verification of a store found.
package struct StoreVerification: Sendable {
    /// About the file and its tables.
    package internal(set) var problems: [String] = []
    package internal(set) var logs: [LogVerification] = []

    package var isWhole: Bool { problems.isEmpty && logs.allSatisfy(\.isWhole) }
    package var problemCount: Int { logs.reduce(problems.count) { $0 + $1.problemCount } }
}
