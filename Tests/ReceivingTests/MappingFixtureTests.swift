import Foundation
import JSON
import Mapping
import Receiving
import Schema
import Testing

/// The folder with the mappings that the gateway ships.
let mappingsFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Mappings").path

@Suite struct `The bundled mappings` {
    static let library = MappingLibrary.load(folder: mappingsFolder)

    @Test func `are without problems and warnings`() throws {
        #expect(Self.library.problems.isEmpty, "\(Self.library.problems)")
        for mapping in Self.library.mappings.values {
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: mapping.file)))
            // Some vendors sign only the body, and tell the id in a header; one signs only a time and a token.
            let warnings = MappingCheckup(bytes: bytes, file: mapping.file).warnings.filter {
                !$0.message.contains("replayable with another id")
                    && !(mapping.vendor == "mailgun" && $0.message.contains("does not cover the body"))
            }
            #expect(warnings.isEmpty, "\(warnings)")
        }
        #expect(Self.library.mappings.count >= 50)
    }

    @Test(arguments: try MappingFixture.load(folder: mappingsFolder + "/Fixtures"))
    func `give what their fixtures expect`(fixture: MappingFixture) throws {
        let mapping = try #require(Self.library.mappings[fixture.mapping], "no mapping \(fixture.mapping)")
        let outcome = try fixture.run(mapping)
        #expect(outcome.differences.isEmpty, "\(fixture): \(outcome.differences.joined(separator: "\n"))")
    }
}

/// Captured requests outside of the repository; the tests pass without them.
private let samplesFolder = URL(filePath: mappingsFolder).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/vendors/samples").path

@Suite struct `Samples of vendors` {
    @Test(arguments: ["auth0"])
    func `are read without quarantine`(vendor: String) throws {
        let folder = "\(samplesFolder)/\(vendor)"
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            print("no samples of \(vendor) on this machine: not tested")
            return
        }
        let mapping = try #require(MappingLibrary.load(folder: mappingsFolder).mappings[vendor])
        for file in files.sorted() where !file.hasSuffix(".headers.json") {
            let name = file.split(separator: ".").dropLast().joined(separator: ".")
            let body = try Data(contentsOf: URL(filePath: "\(folder)/\(file)"))
            let described = try LocatedJSON.parse(
                [UInt8](Data(contentsOf: URL(filePath: "\(folder)/\(name).headers.json")))
            )
            let secret = try #require(described["secret"]?.stringValue)
            let source = try Source(
                name: vendor,
                mapping: mapping.bind(to: .gateway),
                secrets: ["secret": [Array(secret.utf8)]],
                scope: []
            )
            let headers = (described["headers"]?.members ?? []).map {
                (name: $0.name, value: $0.value.stringValue ?? "")
            }
            let outcome = body.withUnsafeBytes {
                DeliveryReader().read(
                    DeliveryRequest(method: "POST", path: "/in/\(vendor)", headers: headers, body: $0, receivedAt: 0),
                    for: source,
                    authentication: .done
                )
            }
            guard case .delivery(let delivery) = outcome else {
                Issue.record("\(file): \(outcome)")
                continue
            }
            #expect(delivery.quarantined.isEmpty, "\(file): \(delivery.quarantined)")
            #expect(delivery.events.count > 0, "\(file)")
        }
    }
}
