extension GatewaySettings {
    /// How the logs' trees are shown to those who verify them.
    package struct Verification: Sendable {
        /// How often a log that has grown is signed.
        package let checkpointInterval: Duration
        /// What checkpoints' origins begin with, such as `audit.example.com`; nil when the file does not say.
        package let origin: String?
        /// Whether the ledger's routes are served without their prefix, too.
        package let isLedgerAtRoot: Bool

        init(_ section: Section<VerificationKey>) {
            checkpointInterval = section.duration(.checkpointInterval, .seconds(1)...(.seconds(86_400))) ?? .seconds(10)
            isLedgerAtRoot = section.bool(.ledgerAtRoot) ?? false
            guard let text = section.text(.origin) else {
                origin = nil
                return
            }
            // The name of a key in a signed note, and one line of it (C2SP signed-note).
            let isName = !text.value.isEmpty && text.value.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x2B }
            if !isName {
                section.validation.problem(
                    "verification.origin must be printable ASCII without spaces and '+'; write a host's name",
                    at: text.place
                )
            }
            origin = text.value
        }
    }
}
