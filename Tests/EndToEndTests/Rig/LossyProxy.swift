import Foundation
import Glibc

/// Stands between a gateway and its sink, passes requests on, and loses some of the answers.
///
/// A lost answer is the case that an idempotency key is for: the sink has stored the events, the sender does not know.
final class LossyProxy: @unchecked Sendable {
    let port: UInt16
    private let target: UInt16
    private let listener: Socket
    // Every access holds the lock.
    private let lock = NSLock()
    private var requests = 0
    private var lost = 0
    private var isStopped = false
    private let losesAnswer: @Sendable (Int) -> Bool

    /// - Parameters:
    ///   - target: the sink's port.
    ///   - losesAnswer: whether the answer to the request of this number, from 1, is lost.
    /// - Throws: ``ConnectionError`` when there is no port to listen on.
    init(target: UInt16, losesAnswer: @escaping @Sendable (Int) -> Bool) throws {
        (listener, port) = try Socket.listener(port: 0)
        self.target = target
        self.losesAnswer = losesAnswer
        Thread { [self] in acceptAll() }.start()
    }

    var requestCount: Int { lock.withLock { requests } }
    var lostCount: Int { lock.withLock { lost } }

    func stop() {
        lock.withLock { isStopped = true }
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
    }

    private func acceptAll() {
        while !lock.withLock({ isStopped }) {
            let descriptor = accept(listener.descriptor, nil, nil)
            guard descriptor >= 0 else { return }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            Thread { [self] in
                serve(Socket(descriptor: descriptor))
            }.start()
        }
    }

    private func serve(_ client: Socket) {
        // Also when a child that was started at the wrong moment holds the connection too.
        defer { shutdown(client.descriptor, Int32(SHUT_RDWR)) }
        let requests = MessageReader(client.descriptor)
        var sink: (socket: Socket, answers: MessageReader)?
        while !lock.withLock({ isStopped }), let request = try? requests.next(isAnswer: false, within: 60) {
            if sink == nil, let socket = try? Socket(connectingTo: target) {
                sink = (socket, MessageReader(socket.descriptor))
            }
            guard let open = sink, open.socket.send(request.bytes, within: 20),
                let answer = try? open.answers.next(isAnswer: true, within: 30)
            else { return }
            let isLost = lock.withLock {
                self.requests += 1
                let isLost = losesAnswer(self.requests)
                if isLost { lost += 1 }
                return isLost
            }
            guard !isLost, client.send(answer.bytes, within: 20) else { return }
        }
    }
}
