internal import ArgumentParser
internal import AuditLog
internal import Cryptography
internal import JSON
internal import Merkle
internal import Schema

struct VerifyReceipt: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt",
        abstract: "Check that a receipt proves its event, with nothing but the log's public key.",
        discussion: """
            Needs no store, no configuration and no network. Says which link breaks when one does, and ends with 1 then.

            Example:  audit-gateway verify receipt FILE --key NAME+0337e0ae+AWxs…
            """
    )

    @Argument(help: "The receipt; - is standard input.")
    var path: String
    @Option(help: ArgumentHelp("The log's public key.", valueName: "vkey"))
    var key: String
    @Flag(help: "Print a JSON object.")
    var json = false

    func run() throws {
        let key = try VerifyCommand.key(key)
        let bytes = try Input.read(path)
        do throws(ReceiptError) {
            let receipt = try ReceiptVerification(bytes, key: key)
            json ? printJSON(receipt) : print(receipt)
        } catch {
            if json {
                var line = JSONLine()
                line.add("is_proven", .bool(false))
                line.add("broken_link", .string(error.link.rawValue))
                line.add("problem", .string(error.message))
                line.print()
            }
            throw CommandFailure.no(json ? "" : "the receipt proves nothing: \(Output.printable("\(error)"))")
        }
    }

    private func print(_ receipt: ReceiptVerification) {
        let place = """
            sequence \(receipt.entry.sequence) of \(receipt.checkpoint.origin), received \(time(receipt)), is in the log's \
            first \(receipt.checkpoint.size) event(s)
            """
        guard let envelope = receipt.envelope else {
            return Output.line("proven: \(place); the event itself was erased, so nothing is proven of what it said")
        }
        Output.line("proven: \(place)")
        Output.line(Output.printable(String(decoding: envelope, as: UTF8.self)))
    }

    private func printJSON(_ receipt: ReceiptVerification) {
        var line = JSONLine()
        line.add("is_proven", .bool(true))
        line.add("origin", .string(receipt.checkpoint.origin))
        line.add("config_id", .string(receipt.configurationID))
        line.add("sequence", .integer(Int64(clamping: receipt.entry.sequence)))
        line.add("received_at", .string(time(receipt)))
        line.add("size", .integer(Int64(clamping: receipt.checkpoint.size)))
        line.add("is_erased", .bool(receipt.envelope == nil))
        if let envelope = receipt.envelope { line.add("envelope", json: envelope) }
        line.print()
    }

    private func time(_ receipt: ReceiptVerification) -> String {
        var bytes: [UInt8] = []
        Timestamp.append(microseconds: receipt.entry.receivedAt, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
