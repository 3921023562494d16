internal import Synchronization

/// The URL that people and clients reach the gateway at; known for certain once the listener is bound.
final class PublicAddress: Sendable {
    private let current: Mutex<String>

    init(_ url: String) { current = Mutex(url) }

    /// Without a slash at the end.
    var url: String { current.withLock { $0 } }

    func set(_ url: String) { current.withLock { $0 = url } }
}
