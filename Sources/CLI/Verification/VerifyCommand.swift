internal import ArgumentParser
internal import Merkle

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check that the store is whole, or that a receipt proves its event.",
        discussion: """
            Without a further word it checks the store.

            Example:  audit-gateway verify
            """,
        subcommands: [VerifyStore.self, VerifyReceipt.self],
        defaultSubcommand: VerifyStore.self
    )

    /// A log's public key from its text.
    static func key(_ text: String) throws -> NoteVerifier {
        guard let key = NoteVerifier(text) else {
            throw CommandFailure.wrongUse("'\(text)' is no key of a log; it looks like NAME+0337e0ae+AWxs…")
        }
        return key
    }
}
