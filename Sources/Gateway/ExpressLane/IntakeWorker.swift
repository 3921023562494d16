internal import AuditLog
internal import Cryptography
internal import Receiving

/// The tools of one thread that takes requests in: parsers and buffers that are reused, never shared.
final class IntakeWorker {
    let deliveries = DeliveryReader()
    let calls = WritingCallReader()
    let hasher = SHA256Hasher()
}
