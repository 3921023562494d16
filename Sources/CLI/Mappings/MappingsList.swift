internal import ArgumentParser
internal import JSON
internal import Mapping

struct MappingsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the mappings: what proves the sender, and where the vendor describes it.",
        discussion: "Example:  audit-gateway mappings list"
    )

    @OptionGroup var folder: MappingsFolderOption
    @Flag(help: "Print each mapping as a line of JSON.")
    var json = false
    @Flag(help: "Print the Markdown page that lies beside the mappings.")
    var markdown = false

    func run() throws {
        _ = try folder.library()
        let overviews = MappingOverview.list(folder: folder.folder)
        if json {
            for overview in overviews { show(overview) }
        } else if markdown {
            Output.bytes(Array(MappingOverview.markdown(overviews).utf8))
        } else {
            var table = TextTable(["name", "handshakes", "fixtures", "title, sender, documentation"])
            for overview in overviews {
                table.append([
                    overview.name, "\(overview.handshakeCount)", "\(overview.fixtures.count)", overview.title,
                ])
                table.append(["", "", "", overview.proof.replacing("`", with: "'")])
                if let documentation = overview.documentation { table.append(["", "", "", documentation]) }
            }
            for line in table.lines { Output.line(Output.printable(line)) }
        }
    }

    private func show(_ overview: MappingOverview) {
        var line = JSONLine()
        line.add("name", .string(overview.name))
        line.add("title", .string(overview.title))
        line.add("documentation", overview.documentation.map { .string($0) } ?? .null)
        line.add("authentication", .string(overview.proof))
        line.add("handshakes", .integer(Int64(overview.handshakeCount)))
        line.add("fixtures", .array(overview.fixtures.map { .string($0) }))
        line.print()
    }
}
