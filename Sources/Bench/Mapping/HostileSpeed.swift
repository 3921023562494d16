internal import JSON
internal import Mapping
internal import Receiving
internal import Schema

/// The longest that a mapping takes for a hostile megabyte (``HostileBodies``).
///
/// A body of ten thousand tiny records costs what ten thousand events cost; everything else should end far sooner than
/// ``bar``, or with its budget.
struct HostileSpeed: Sendable {
    let mapping: String
    let fixture: String
    let shape: HostileBodies.Shape
    let place: Int
    /// Of the processor, from the body's first byte to the last encoded event.
    let milliseconds: Double
    /// How many records the body gave, of which none, some or all became events.
    let recordCount: Int

    /// What a megabyte may take, in milliseconds.
    static let bar = 50.0
    /// How many places of a mapping's fixtures are tried to find the costliest mapping, and of that one.
    private static let searchedPlaces = 3, measuredPlaces = 24

    /// The worst of each shape for the costliest of some mappings, the costliest first.
    ///
    /// - Parameters:
    ///   - mappings: among which the costliest is looked for.
    ///   - fixtures: of all mappings.
    ///   - progress: is told what is being done.
    /// - Returns: one for each shape; none without mappings.
    /// - Throws: the run was interrupted.
    static func measure(
        _ mappings: [MappingFile],
        _ fixtures: [MappingFixture],
        progress: (String) -> Void
    ) throws(BenchError) -> [HostileSpeed] {
        progress("mapping: hostile megabytes, to find the costliest mapping")
        var costliest: (mapping: MappingFile, milliseconds: Double)?
        for mapping in mappings {
            let own = fixtures.first { $0.mapping == mapping.name }
            let searched: [HostileBodies.Shape] = [.numbers, .emptyObjects, .nested, .pairs]
            let found = try worst(of: mapping, [own].compactMap { $0 }, places: searchedPlaces, searched)
            let milliseconds = found.map(\.milliseconds).max() ?? 0
            if milliseconds > costliest?.milliseconds ?? 0 { costliest = (mapping, milliseconds) }
        }
        guard let mapping = costliest?.mapping else { return [] }
        progress("mapping: hostile megabytes through \(mapping.name)")
        let own = Array(fixtures.filter { $0.mapping == mapping.name }.prefix(2))
        return try worst(of: mapping, own, places: measuredPlaces, HostileBodies.Shape.allCases)
            .sorted { $0.milliseconds > $1.milliseconds }
    }

    /// The costliest hostile body of each shape.
    static func worst(
        of mapping: MappingFile,
        _ fixtures: [MappingFixture],
        places: Int,
        _ shapes: [HostileBodies.Shape]
    ) throws(BenchError) -> [HostileSpeed] {
        var worst: [HostileBodies.Shape: HostileSpeed] = [:]
        let reader = DeliveryReader()
        for fixture in fixtures {
            guard let bodies = HostileBodies(fixture.body), let source = try? fixture.source(mapping) else { continue }
            for place in stride(from: 0, to: bodies.placeCount, by: max(1, bodies.placeCount / places)) {
                for shape in shapes {
                    try Interruption.check()
                    let body = bodies.body(shape, at: place)
                    let (first, recordCount) = time(of: body, fixture, source, reader)
                    // What else the machine does is not the mapping's.
                    let again = first > bar ? time(of: body, fixture, source, reader).milliseconds : first
                    guard min(first, again) > worst[shape]?.milliseconds ?? -1 else { continue }
                    worst[shape] = HostileSpeed(
                        mapping: mapping.name,
                        fixture: fixture.name,
                        shape: shape,
                        place: place,
                        milliseconds: min(first, again),
                        recordCount: recordCount
                    )
                }
            }
        }
        return Array(worst.values)
    }

    /// What one delivery takes of the processor.
    static func time(
        of body: [UInt8],
        _ fixture: MappingFixture,
        _ source: Source,
        _ reader: DeliveryReader
    ) -> (milliseconds: Double, recordCount: Int) {
        body.withUnsafeBytes { bytes in
            let start = Nanoseconds.ofThread()
            let outcome = reader.read(fixture.request(bytes), for: source, authentication: .done)
            let milliseconds = Double(Nanoseconds.ofThread() - start) / 1e6
            guard case .delivery(let delivery) = outcome else { return (milliseconds, 0) }
            return (milliseconds, delivery.events.count + delivery.quarantined.count + delivery.ignoredCount)
        }
    }
}
