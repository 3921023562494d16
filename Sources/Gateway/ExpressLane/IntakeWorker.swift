internal import AuditLog
internal import Cryptography
internal import NIOCore
internal import Receiving
internal import Schema

/// The tools of one thread that takes requests in: parsers and buffers that are reused, never shared.
final class IntakeWorker {
    let deliveries = DeliveryReader()
    let calls = WritingCallReader()
    let hasher = SHA256Hasher()
    private let writer: GroupCommit
    /// Whose thread it belongs to; nil on a thread without a loop.
    private let eventLoop: (any EventLoop)?
    private var requests: [AppendRequest] = []
    private var completions: [Completion] = []
    private var events = 0
    private var bytes = 0

    typealias Completion = @Sendable (Result<AppendOutcome, StoreError>) -> Void

    init(writer: GroupCommit, eventLoop: (any EventLoop)?) {
        self.writer = writer
        self.eventLoop = eventLoop
    }

    /// Has a request stored and calls `completion` when it is on disk: on the event loop, or else on the writer's thread.
    ///
    /// What one turn of the loop brings goes to the writer together, and comes back together. A turn is as long as there
    /// are requests to read, so under load the groups grow, and a lone request does not wait.
    func append(_ request: AppendRequest, completion: @escaping Completion) {
        guard let eventLoop else {
            return writer.append([request]) { result in
                completion(result.map { $0[0] })
            }
        }
        requests.append(request)
        completions.append(completion)
        events += request.events.count
        bytes += request.byteCount
        // What fills a transaction by itself need not wait for the end of the turn.
        if writer.isWholeTransaction(events: events, bytes: bytes) { return flush(eventLoop) }
        guard requests.count == 1 else { return }
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { this.value.flush(eventLoop) }
    }

    private func flush(_ eventLoop: any EventLoop) {
        guard !requests.isEmpty else { return }
        events = 0
        bytes = 0
        let completions = completions
        let requests = requests
        self.completions = []
        self.requests = []
        writer.append(requests) { result in
            eventLoop.execute {
                switch result {
                case .success(let outcomes):
                    for (completion, outcome) in zip(completions, outcomes) { completion(.success(outcome)) }
                case .failure(let error):
                    for completion in completions { completion(.failure(error)) }
                }
            }
        }
    }
}
