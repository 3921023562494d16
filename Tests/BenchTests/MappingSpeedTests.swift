import Foundation
import JSON
import Testing

@testable import Bench

@Suite struct `The speed of mappings` {
    private let folder = URL(filePath: #filePath).appending(path: "../../../Mappings").standardized.path

    private func options(_ folder: String) -> Options {
        var options = Options(mappings: folder)
        options.seconds = 0.02
        return options
    }

    @Test func `is measured for those that have fixtures, the costliest other one last`() throws {
        var told: [String] = []
        let speeds = try MappingSpeed.measure(options(folder)) { told.append($0) }
        #expect(speeds.first?.mapping == "auth0" && speeds.count >= 2 && speeds.count == told.count)
        for speed in speeds {
            #expect(speed.bodyCount > 0 && speed.bytesPerEvent > 10 && speed.eventsPerSecond > 100)
            // A mapping parses too.
            #expect(speed.ratio > 1, "\(speed)")
        }
        #expect(speeds.last.map { !MappingSpeed.named.contains($0.mapping) } == true)
    }

    @Test func `is left out where there are no fixtures`() throws {
        var told: [String] = []
        #expect(try MappingSpeed.measure(options("/nowhere")) { told.append($0) }.isEmpty)
        #expect(told.count == 1)
    }
}
