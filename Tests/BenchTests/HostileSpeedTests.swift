import Foundation
import JSON
import Mapping
import Receiving
import Testing

@testable import Bench

@Suite struct `Hostile megabytes` {
    private let folder = URL(filePath: #filePath).appending(path: "../../../Mappings").standardized.path

    @Test func `are JSON of about that length`() throws {
        let bodies = try #require(HostileBodies(Array(#"{"a":[{"b":1}],"c":"x"}"#.utf8)))
        #expect(bodies.placeCount == 5)
        let document = JSONDocument()
        for place in 0..<bodies.placeCount {
            for shape in HostileBodies.Shape.allCases {
                let body = bodies.body(shape, at: place)
                #expect((900_000...1_200_000).contains(body.count), "\(shape): \(body.count)")
                try document.parse(body)
            }
        }
        #expect(HostileBodies(Array("no JSON".utf8)) == nil)
    }

    /// Mappings that were the costliest when this was written.
    ///
    /// A build for debugging takes some ten times as long; the
    /// time is the processor's, and the best of several readings.
    @Test(arguments: ["aws-sns", "google-workspace", "terraform"])
    func `end in time, or with their budget`(name: String) throws {
        let library = MappingLibrary.load(folder: folder)
        let mapping = try #require(library.mappings[name])
        let fixture = try #require(try MappingFixture.load(folder: folder + "/Fixtures", of: [name]).first)
        let shapes: [HostileBodies.Shape] = [.numbers, .emptyObjects, .nested, .duplicates, .escapes, .pairs]
        let speeds = try HostileSpeed.worst(of: mapping, [fixture], places: 1, shapes)
        #expect(speeds.count == shapes.count)
        for speed in speeds { #expect(speed.milliseconds < 3000, "\(speed)") }
    }
}
