import Foundation
import Testing

/// The commands of the program, as it tells them itself.
private struct Commands {
    /// The words of each, groups included: `["quarantine", "list"]`.
    private(set) var all: [[String]] = []
    /// Those that do something.
    private(set) var leaves: [[String]] = []

    init() throws {
        let finished = try Finished.run(Executable.path(), ["--experimental-dump-help"], in: "/")
        add(JSON(parsing: finished.output)["command"], path: [])
    }

    private mutating func add(_ command: JSON, path: [String]) {
        let inner = command["subcommands"].elements.filter { $0["commandName"].string != "help" }
        if !path.isEmpty {
            all.append(path)
            if inner.isEmpty { leaves.append(path) }
        }
        for command in inner { add(command, path: path + [command["commandName"].string ?? ""]) }
    }
}

@Suite(.onOwnThreads) struct `The help of every command` {
    @Test func `has an example, whose files exist`() throws {
        let commands = try Commands().all
        #expect(commands.count > 15)
        for command in commands {
            let help = try Finished.run(Executable.path(), command + ["--help"], in: "/").output
            guard let start = help.firstRange(of: "Example:")?.upperBound else {
                Issue.record("\(command) has no example")
                continue
            }
            // Up to the blank line behind it; long lines are folded.
            let end = help[start...].firstRange(of: "\n\n")?.lowerBound ?? help.endIndex
            let words = help[start..<end].split(whereSeparator: \.isWhitespace).map(String.init)
            #expect(words.contains("audit-gateway"), "\(command)")
            #expect(
                words.joined(separator: " ").contains("audit-gateway " + command.joined(separator: " ")),
                "\(command)"
            )
            // What 'init' writes is there once it has been called.
            for word in words where word.hasSuffix(".json") && word != "audit-gateway.json" {
                let path = "\(Executable.packageFolder)/\(word)"
                #expect(FileManager.default.fileExists(atPath: path), "\(command): \(word)")
            }
        }
    }

    @Test func `has its row in the README, and no other has`() throws {
        let text = try String(contentsOfFile: "\(Executable.packageFolder)/README.md", encoding: .utf8)
        let start = try #require(text.firstRange(of: "\n## Command line\n")).upperBound
        let rows = text[start...].split(separator: "\n").drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }
        let named = rows.flatMap { row in
            row.split(separator: "|")[0].matches(of: #/`([^`]+)`/#).map { String($0.1) }
        }
        let leaves = try Commands().leaves.map { $0.joined(separator: " ") }
        #expect(named.sorted() == leaves.sorted())
    }
}
