internal import AuditLog
internal import Cryptography
internal import Schema

/// What an `Idempotency-Key` header asks for.
enum Idempotency: Sendable {
    case none
    /// A gateway's own key: one deduplication key for each event, so that batches may be cut anew after a crash.
    case events([DeduplicationKey])
    /// Anybody else's key: it covers the whole request.
    case request(RequestIdempotency)
}

/// Reads `Idempotency-Key`: opaque text, or what one gateway sends another.
///
///     agw1;pci_fyfzfpj3h7n3ny3nk3snk5mst4himudl;101-180,183
///
/// The second part names the sender's log, the third the sequence of each event in order.
struct IdempotencyReader {
    enum Failure: Error {
        case malformed
        /// The key names this many events, the request has another number.
        case countDiffers(Int)
    }

    static let maximumBytes = 16384
    private static let gatewayPrefix = "agw1;"

    let hasher: SHA256Hasher

    /// - Parameters:
    ///   - header: the header's text, if there is one.
    ///   - eventCount: how many events the request has.
    ///   - token: the name of the token that it came with.
    ///   - log: the log that it goes to.
    ///   - route: the path, since one key may be used on several.
    ///   - body: the request's body.
    /// - Returns: what the header asks for, ``Idempotency/none`` without one.
    /// - Throws: ``Failure`` for a key that cannot be understood or does not fit the request.
    func read(
        _ header: String?,
        eventCount: Int,
        token: String,
        log: LogIdentity,
        route: String,
        body: UnsafeRawBufferPointer
    ) throws(Failure) -> Idempotency {
        guard let header else { return .none }
        guard !header.isEmpty, header.utf8.count <= IdempotencyReader.maximumBytes else { throw .malformed }
        guard header.hasPrefix(IdempotencyReader.gatewayPrefix) else {
            let key = digest(["key", token, log.configurationID, route, header])
            hasher.update(body)
            return .request(RequestIdempotency(key: key, bodyHash: hasher.finish()))
        }
        let parts = header.dropFirst(IdempotencyReader.gatewayPrefix.count).split(
            separator: ";",
            omittingEmptySubsequences: false
        )
        guard parts.count == 2, !parts[0].isEmpty else { throw .malformed }
        let sequences = try IdempotencyReader.sequences(parts[1], limit: eventCount)
        guard sequences.count == eventCount else { throw .countDiffers(sequences.count) }
        let scope = digest(["event", token, log.configurationID, String(parts[0])])
        var keys: [DeduplicationKey] = []
        keys.reserveCapacity(sequences.count)
        for sequence in sequences {
            hasher.update(scope)
            withUnsafeBytes(of: sequence.bigEndian) { hasher.update($0) }
            keys.append(
                hasher.finish().withUnsafeBytes {
                    // Neighbours in the sender's log become neighbours in our index.
                    DeduplicationKey(time: Int64(clamping: sequence >> 12), digest: $0)
                }
            )
        }
        return .events(keys)
    }

    /// A hash over parts that no other parts share.
    private func digest(_ parts: [String]) -> [UInt8] {
        for part in parts {
            withUnsafeBytes(of: UInt64(part.utf8.count).bigEndian) { hasher.update($0) }
            hasher.update(Array(part.utf8))
        }
        return hasher.finish()
    }

    /// The numbers of `101-180,183`, ascending; never more than one beyond `limit`, whatever the text claims.
    static func sequences(_ text: Substring, limit: Int) throws(Failure) -> [UInt64] {
        var sequences: [UInt64] = []
        for range in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = range.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2, let first = ends.first.flatMap({ UInt64($0) }),
                let last = ends.last.flatMap({ UInt64($0) }), first <= last, first > (sequences.last ?? 0)
            else { throw .malformed }
            guard last - first < UInt64(max(0, limit - sequences.count)) else { throw .countDiffers(limit + 1) }
            sequences.append(contentsOf: first...last)
        }
        return sequences
    }
}
