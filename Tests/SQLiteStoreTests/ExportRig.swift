import AuditLog
import Cryptography
import Foundation
import JSON
import Schema
import Synchronization
import Testing

@testable import SQLiteStore

/// An exporter over a fixture's store, with a clock and a disk that the test sets.
final class ExportRig: Sendable {
    private final class World: Sendable {
        let now = Atomic<Int64>(StoreFixture.start)
        let freeBytes = Atomic<Int64>(.max)
        let waits = Atomic<Int>(0)
    }

    private let world = World()
    let exporter: Exporter

    init(_ fixture: StoreFixture, isVisible: @escaping @Sendable (StoredEvent) -> Bool = { _ in true }) throws {
        let world = world
        var limits = Exporter.Limits()
        limits.pause = .milliseconds(20)
        exporter = try Exporter(
            store: fixture.store,
            limits: limits,
            clock: { world.now.load(ordering: .relaxed) },
            freeBytes: { _ in world.freeBytes.load(ordering: .relaxed) },
            context: { _ in Exporter.JobContext(schema: .standard, isVisible: isVisible) },
            report: { if case .waiting = $0 { world.waits.add(1, ordering: .relaxed) } }
        )
    }

    var now: Int64 {
        get { world.now.load(ordering: .relaxed) }
        set { world.now.store(newValue, ordering: .relaxed) }
    }

    var freeBytes: Int64 {
        get { world.freeBytes.load(ordering: .relaxed) }
        set { world.freeBytes.store(newValue, ordering: .relaxed) }
    }

    var waits: Int { world.waits.load(ordering: .relaxed) }

    /// A job over everything that is in the fixture's log now.
    func job(
        _ fixture: StoreFixture,
        _ format: ExportFormat = .json,
        by field: String? = nil,
        descending: Bool = false,
        verbose: Bool = true
    ) throws -> ExportJob {
        let fixed = try fixture.store.exportRange(of: fixture.log.id, receivedAt: .min ... .max)
        return job(
            fixture,
            format,
            .range(fixed.sequences, orderField: field, isDescending: descending),
            fixed.sizes,
            verbose: verbose
        )
    }

    func job(
        _ fixture: StoreFixture,
        _ format: ExportFormat,
        _ content: ExportJob.Content,
        _ sizes: TreeSizes,
        verbose: Bool = true
    ) -> ExportJob {
        ExportJob(
            id: SecureRandom.token(prefix: "prq_", characters: 32),
            token: "t",
            log: fixture.log.id,
            format: format,
            isVerbose: verbose,
            content: content,
            sizes: sizes,
            restriction: Array("[]".utf8),
            createdAt: now,
            expiresAt: now + 1_000_000
        )
    }

    /// Waits until a job is no longer running.
    func settle(_ id: String) throws -> ExportJob.State? {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            let state = try exporter.job(id)?.state
            if state != .running { return state }
            Thread.sleep(forTimeInterval: 0.005)
        }
        return .running
    }

    /// The text of a job's file, fetched by a link.
    func text(_ job: ExportJob) throws -> String {
        let link = try exporter.makeLink(to: job, name: "x.gz")
        guard case .found(let file) = try exporter.link(link.secret, name: "x.gz") else {
            Issue.record("the link leads nowhere")
            return ""
        }
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file.path)))
        return String(decoding: try Gzip.inflate(bytes, limit: 1 << 30), as: UTF8.self)
    }

    /// The messages of a JSON file, in order.
    func messages(_ job: ExportJob) throws -> [String] {
        try text(job).split(separator: "\n").map { line in
            let document = JSONDocument()
            try document.parse(Array(line.utf8))
            return document.root["envelope"]?["event"]?["message"]?.stringValue ?? "?"
        }
    }
}
