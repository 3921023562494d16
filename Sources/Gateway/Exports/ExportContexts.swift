internal import AuditLog
internal import JSON
internal import Logging
internal import Restriction
internal import SQLiteStore
internal import Schema

/// What the exporter is told of logs and tokens, and what it tells the gateway's log.
struct ExportContexts: Sendable {
    let logs: [ServedLog]
    let logger: Logger

    /// The log of a job as it is served now, and what the job's token might read of it when it asked.
    @Sendable func context(of job: ExportJob) -> Exporter.JobContext? {
        guard let log = logs.first(where: { $0.id == job.log }), let rules = FieldRule.rules(in: job.restriction),
            let restriction = try? FieldRestriction(rules: rules, schema: log.schema)
        else { return nil }
        guard !restriction.isEmpty else { return Exporter.JobContext(schema: log.schema) { _ in true } }
        let document = JSONDocument()
        return Exporter.JobContext(schema: log.schema) { event in
            (try? document.parse(event.event)) != nil && restriction.reveals(event: document.root)
        }
    }

    @Sendable func report(_ report: Exporter.Report) {
        switch report {
        case .finished(let job): logger.debug("A file of events is ready", metadata: metadata(job))
        case .waiting(let job, let error):
            logger.warning(
                "A file of events waits and is tried again",
                metadata: metadata(job).merging(["error": "\(error)"]) { $1 }
            )
        case .failed(let job, let reason):
            logger.error("A file of events failed", metadata: metadata(job).merging(["error": "\(reason)"]) { $1 })
        case .trouble(let error):
            logger.error("Exports cannot be looked after", metadata: ["error": "\(error)"])
        }
    }

    private func metadata(_ job: ExportJob) -> Logger.Metadata {
        ["request": "\(job.id)", "token": "\(job.token)", "format": "\(job.format.rawValue)"]
    }
}
