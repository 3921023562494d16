/// A file of events that was asked for, fixed when it was accepted: which events, in which order, against which roots.
package struct ExportJob: Sendable {
    /// Which events it holds.
    package enum Content: Sendable {
        /// Of an export: all in a range of sequences, nil for none.
        ///
        /// - Parameter orderField: the field that they are sorted by; nil for the log's own order.
        case range(ClosedRange<UInt64>?, orderField: String?, isDescending: Bool)
        /// Of a search: these, in this order.
        case list([UInt64], search: String)
    }

    package enum State: Sendable, Equatable {
        case running
        case done
        /// It will never be done; the reason in one sentence.
        case failed(String)
    }

    /// `prq_` and 32 characters.
    package let id: String
    /// The name of the token that asked for it.
    package let token: String
    package let log: LogID
    package let format: ExportFormat
    package let isVerbose: Bool
    package let content: Content
    /// The trees that a verbose file's proofs lead to the roots of.
    package let sizes: TreeSizes
    /// What the token might read when it asked, as ``FieldRule`` writes it.
    package let restriction: [UInt8]
    /// Microseconds since 1970.
    package let createdAt: Int64
    package let expiresAt: Int64
    package var state = State.running
    /// Of the file while it is being written and when it is done.
    package var events: UInt64 = 0

    package init(
        id: String,
        token: String,
        log: LogID,
        format: ExportFormat,
        isVerbose: Bool,
        content: Content,
        sizes: TreeSizes,
        restriction: [UInt8],
        createdAt: Int64,
        expiresAt: Int64
    ) {
        self.id = id
        self.token = token
        self.log = log
        self.format = format
        self.isVerbose = isVerbose
        self.content = content
        self.sizes = sizes
        self.restriction = restriction
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
