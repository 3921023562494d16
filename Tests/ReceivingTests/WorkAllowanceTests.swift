import JMESPath
import JSON
import Mapping
import Schema
import Testing

@testable import Receiving

@Suite struct `What the records of a delivery take together` {
    /// Every record reads the whole body.
    private static let costly = #""message": "m", "old": "length(to_string($)) > `0` && 'long'""#
    private static let hashing = #""message": "m", "old": "hash($)""#
    private static let building = #""message": "m", "old": "json($) && 'built'""#

    @Test(arguments: [costly, hashing, building])
    func `does not grow with the body's length times their number`(fields: String) throws {
        let source = try source(framing: #"{"records": "list"}"#, fields: fields)
        func mapped(_ count: Int) throws -> (events: Int, all: Int) {
            let body =
                #"{"pad":"\#(String(repeating: "x", count: 100_000))","list":["#
                + (0..<count).map { #"{"id":\#($0),"m":"x"}"# }.joined(separator: ",") + "]}"
            let delivery = try #require(read(body, for: source).delivery)
            let set = delivery.quarantined.count
            #expect(delivery.quarantined.allSatisfy { $0.reason.contains("allowed") || $0.reason.contains("larger") })
            return (delivery.events.count, delivery.events.count + set)
        }
        let few = try mapped(10)
        #expect(few.events == 10)
        // A quadratic price is paid for a part of them, and the others are set aside: none is lost.
        let many = try mapped(400)
        #expect(many.events > 10 && many.events < 350 && many.all > many.events)
    }

    @Test func `is enough for thousands of records that read themselves`() throws {
        let source = try source(fields: #""message": "m", "old": "json(@)", "new": "join(' ', [m, m, hash(@)])""#)
        let body = "[" + (0..<3000).map { #"{"id":\#($0),"m":"x"}"# }.joined(separator: ",") + "]"
        #expect(try #require(read(body, for: source).delivery).events.count == 3000)
    }

    @Test func `is a part of what it may be for every fixture of the bundled mappings`() throws {
        for fixture in try MappingFixture.load(folder: mappingsFolder + "/Fixtures") {
            let mapping = try #require(`The bundled mappings`.library.mappings[fixture.mapping])
            let source = try fixture.source(mapping)
            let reader = DeliveryReader()
            let mapper = RecordMapper()
            var encoder = EventEncoder(schema: source.mapping.schema)
            var worst = (steps: 0, bytes: 0)
            reader.onRecord = { record, root, _, context in
                mapper.begin(source.mapping, context)
                _ = mapper.map(record, root: root, with: source.mapping, to: &encoder)
                let spent = mapper.evaluation.spent
                worst = (max(worst.steps, spent.steps), max(worst.bytes, spent.outputBytes))
            }
            _ = fixture.body.withUnsafeBytes { reader.read(fixture.request($0), for: source, authentication: .done) }
            let shares = (WorkAllowance.stepsPerRecord, WorkAllowance.outputBytesPerRecord)
            #expect(worst.steps * 2 < shares.0 + fixture.body.count / 2, "\(fixture): \(worst.steps) steps")
            #expect(worst.bytes * 2 < shares.1 + fixture.body.count * 16, "\(fixture): \(worst.bytes) bytes")
        }
    }
}
