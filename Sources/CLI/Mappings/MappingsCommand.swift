internal import ArgumentParser
internal import Foundation
internal import JSON
internal import Mapping
internal import Settings

struct MappingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mappings",
        abstract: "Work on mapping files.",
        discussion: "Example:  audit-gateway mappings check",
        subcommands: [MappingsList.self, MappingsCheck.self, MappingsTest.self, MappingsNew.self]
    )
}

/// `--mappings`, and what commands do with the folder.
struct MappingsFolderOption: ParsableArguments {
    @Option(name: .customLong("mappings"), help: "The folder with the mappings.")
    var folder = "Mappings"

    /// The mappings of the folder, which must be there.
    func library() throws -> MappingLibrary {
        let library = MappingLibrary.load(folder: folder)
        guard library.missingFolder == nil else {
            throw CommandFailure.wrongUse("there is no folder '\(folder)' here; say --mappings")
        }
        return library
    }

    /// Refuses names that no file of the folder has, with the nearest that one has.
    func check(_ names: [String], in library: MappingLibrary) throws {
        let known = Set(library.mappings.keys).union(library.broken).sorted()
        for name in names where !known.contains(name) {
            let cure = nearest(name, among: known).map { "did you mean '\($0)'?" }
            throw CommandFailure.wrongUse(
                "there is no mapping '\(name)'; \(cure ?? "known are \(known.joined(separator: ", "))")"
            )
        }
    }
}

extension MappingProblem {
    var json: JSONValue { SettingsProblem(place: .file(file, position), message: message).json }
}

/// Text in columns that are as wide as their longest cell.
struct TextTable {
    private var rows: [[String]]

    init(_ heading: [String]) { rows = [heading] }

    mutating func append(_ row: [String]) { rows.append(row) }

    var lines: [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column + 1 == row.count ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return cells.joined(separator: "  ")
        }
    }
}
