internal import Synchronization

/// Where the forwarding thread shows how a sink is doing, and others look.
final class StatusBoard: Sendable {
    private let status: Mutex<SinkStatus>

    init(_ status: SinkStatus) { self.status = Mutex(status) }

    func publish(_ new: SinkStatus) { status.withLock { $0 = new } }

    var current: SinkStatus { status.withLock { $0 } }
}
