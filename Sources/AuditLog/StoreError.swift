/// Why the store could not do what was asked.
package struct StoreError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        /// The disk or a quota is full; nothing was stored, and trying again later may work.
        case full
        /// Another process holds the store; nothing was stored, and trying again later may work.
        case locked
        /// The queue in front of the writer is full, or the writer is stopping.
        case busy
        /// The disk refused to read or write.
        case inputOutput
        /// A flush to disk failed, so what the operating system holds can no longer be trusted: stop and start again.
        case flushFailed
        /// The file is no store of ours, is damaged, or belongs to a newer version.
        case unusable
    }

    package let code: Code
    /// What happened, where, and how to mend it.
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
