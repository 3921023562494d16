internal import ArgumentParser
internal import Foundation
internal import JSON
internal import Mapping
internal import Receiving

struct MappingsTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the fixtures beside the mappings and show what differs.",
        discussion: """
            A fixture is a body, 'NAME.input.json' (or .txt, .ndjson …) in Fixtures/VENDOR, with the request in \
            'NAME.headers.json' and what comes out in 'NAME.expected.json'. '--update' writes the last one anew.

            Example:  audit-gateway mappings test auth0
            """
    )

    @Argument(help: "The mappings' names; all when left out.")
    var vendors: [String] = []
    @OptionGroup var folder: MappingsFolderOption
    @Flag(help: "Rewrite what is expected with what comes out.")
    var update = false
    @Flag(help: "Print one JSON object.")
    var json = false

    /// What became of the fixtures of one mapping.
    private struct Row {
        let vendor: String
        var fixtures = 0
        var passed = 0
    }

    private struct Failure {
        let fixture: String
        let differences: [String]
    }

    func run() throws {
        let library = try folder.library()
        try folder.check(vendors, in: library)
        let fixtures: [MappingFixture]
        do throws(MappingFixture.Problem) {
            fixtures = try MappingFixture.load(folder: "\(folder.folder)/Fixtures", of: Set(vendors))
        } catch {
            throw CommandFailure.wrongUse(error.description)
        }
        let names = vendors.isEmpty ? Set(library.mappings.keys).union(library.broken).sorted() : vendors
        var rows = names.map { Row(vendor: $0) }
        var failures = names.filter(library.broken.contains).map {
            Failure(fixture: $0, differences: ["the mapping cannot be read; see 'audit-gateway mappings check'"])
        }
        for fixture in fixtures {
            let index = rows.firstIndex { $0.vendor == fixture.mapping } ?? rows.count
            if index == rows.count { rows.append(Row(vendor: fixture.mapping)) }
            rows[index].fixtures += 1
            let differences = try differences(of: fixture, library)
            if differences.isEmpty {
                rows[index].passed += 1
            } else {
                failures.append(Failure(fixture: "\(fixture)", differences: differences))
            }
        }
        if json { show(rows, failures) } else { print(rows, failures) }
        guard failures.isEmpty else {
            throw CommandFailure.no(json ? "" : "\(failures.count) fixture(s) or mapping(s) differ")
        }
    }

    /// What differs; nothing when the file of what is expected was rewritten.
    private func differences(of fixture: MappingFixture, _ library: MappingLibrary) throws -> [String] {
        guard let mapping = library.mappings[fixture.mapping] else {
            let isBroken = library.broken.contains(fixture.mapping)
            return [isBroken ? "the mapping cannot be read" : "there is no mapping '\(fixture.mapping)'"]
        }
        let outcome: MappingFixture.Outcome
        do throws(MappingFixture.Problem) {
            outcome = try fixture.run(mapping)
        } catch {
            return [error.description]
        }
        guard update, !outcome.differences.isEmpty else { return outcome.differences }
        do {
            try Data(outcome.actual.indented + [10]).write(to: URL(filePath: fixture.expectedFile), options: .atomic)
        } catch {
            throw CommandFailure.wrongUse("cannot write '\(fixture.expectedFile)'; check its permissions")
        }
        Output.error("wrote \(fixture.expectedFile)")
        return []
    }

    private func print(_ rows: [Row], _ failures: [Failure]) {
        var table = TextTable(["vendor", "fixtures", "passed"])
        for row in rows { table.append([row.vendor, "\(row.fixtures)", "\(row.passed)"]) }
        for line in table.lines { Output.line(line) }
        for failure in failures {
            Output.line("\n\(failure.fixture)")
            for difference in failure.differences {
                let lines = Output.printable(difference, keepsLines: true).split(separator: "\n")
                for line in lines { Output.line("    \(line)") }
            }
        }
    }

    private func show(_ rows: [Row], _ failures: [Failure]) {
        var line = JSONLine()
        line.add("is_good", .bool(failures.isEmpty))
        let vendors = rows.map { row in
            JSONValue.object([
                JSONMember("vendor", .string(row.vendor)), JSONMember("fixtures", .integer(Int64(row.fixtures))),
                JSONMember("passed", .integer(Int64(row.passed))),
            ])
        }
        line.add("vendors", .array(vendors))
        let told = failures.map { failure in
            JSONValue.object([
                JSONMember("fixture", .string(failure.fixture)),
                JSONMember("differences", .array(failure.differences.map { .string($0) })),
            ])
        }
        line.add("failures", .array(told))
        line.print()
    }
}
