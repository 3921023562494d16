internal import AuditLog
internal import Cryptography
internal import NIOCore
internal import Receiving
internal import Schema

/// The tools of one thread that takes requests in: parsers and buffers that are reused, never shared.
///
/// Where it belongs to an event loop it also gathers what is to be stored, since a commit costs nearly the same whatever it
/// holds. One group of the loop is at the writer at a time. When it comes back, its answers are written first, because the
/// clients they go to are those that send next, and then what came meanwhile and what comes right after goes together: as
/// soon as nothing new has come for ``quietInterval``, after ``longestGathering`` at the latest. That halves the commits of
/// a busy loop. One that is not, whose groups are of a few requests, sends each at the end of the turn that brought it.
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
    /// Groups that are at the writer.
    private var groupsAway = 0
    /// When the first of ``requests`` could have gone.
    private var gatheringSince = NIODeadline.now()
    /// How many there were when somebody last looked.
    private var seen = 0
    private var isLookScheduled = false
    /// Of the group that was sent last.
    private var lastGroup = 0

    /// Long enough for a client on a fast network to answer an answer, short beside a flush to disk.
    private static let quietInterval = TimeAmount.microseconds(20)
    private static let longestGathering = TimeAmount.microseconds(400)
    /// Requests of a group from which on gathering is worth its wait.
    private static let busyGroup = 4

    typealias Completion = @Sendable (Result<AppendOutcome, StoreError>) -> Void

    init(writer: GroupCommit, eventLoop: (any EventLoop)?) {
        self.writer = writer
        self.eventLoop = eventLoop
    }

    /// Has a request stored and calls `completion` when it is on disk: on the event loop, or else on the writer's thread.
    func append(_ request: AppendRequest, completion: @escaping Completion) {
        guard let eventLoop else {
            return writer.append([request]) { result in
                completion(result.map { $0[0] })
            }
        }
        if requests.isEmpty { gatheringSince = .now() }
        requests.append(request)
        completions.append(completion)
        events += request.events.count
        bytes += request.byteCount
        // What fills a transaction by itself waits for nothing.
        if writer.isWholeTransaction(events: events, bytes: bytes) { return send(eventLoop) }
        if groupsAway == 0 { look(later: eventLoop) }
    }

    private func look(later eventLoop: any EventLoop) {
        guard !isLookScheduled else { return }
        isLookScheduled = true
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        guard lastGroup >= IntakeWorker.busyGroup else {
            return eventLoop.execute {
                this.value.seen = this.value.requests.count
                this.value.look(eventLoop)
            }
        }
        eventLoop.scheduleTask(in: IntakeWorker.quietInterval) { this.value.look(eventLoop) }
    }

    /// Sends what was gathered, unless more is coming.
    private func look(_ eventLoop: any EventLoop) {
        isLookScheduled = false
        guard !requests.isEmpty, groupsAway == 0 else { return }
        let isQuiet = requests.count == seen
        seen = requests.count
        guard isQuiet || NIODeadline.now() - gatheringSince >= IntakeWorker.longestGathering else {
            return look(later: eventLoop)
        }
        send(eventLoop)
    }

    private func send(_ eventLoop: any EventLoop) {
        let completions = completions
        let requests = requests
        self.completions = []
        self.requests = []
        lastGroup = requests.count
        events = 0
        bytes = 0
        seen = 0
        groupsAway += 1
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        writer.append(requests) { result in
            eventLoop.execute {
                switch result {
                case .success(let outcomes):
                    for (completion, outcome) in zip(completions, outcomes) { completion(.success(outcome)) }
                case .failure(let error):
                    for completion in completions { completion(.failure(error)) }
                }
                this.value.groupCameBack(eventLoop)
            }
        }
    }

    private func groupCameBack(_ eventLoop: any EventLoop) {
        groupsAway -= 1
        guard groupsAway == 0, !requests.isEmpty else { return }
        gatheringSince = .now()
        look(later: eventLoop)
    }
}
