internal import AuditLog
internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOPosix
internal import SQLiteStore

/// `GET /downloads/{secret}/{name}`: the files that links lead to, without a token (audit API contract, section 4.6).
///
/// The file is gzip by itself: there is no `Content-Encoding`, so that clients save it as it is.
struct DownloadRoutes: Sendable {
    /// How long a request waits for a file that is still being made.
    private static let patience = Duration.seconds(60)

    let exporter: Exporter
    let threads: NIOThreadPool

    func add(to router: Router<GatewayContext>) {
        router.get("/downloads/:secret/:name") { request, context in try await answer(request, context) }
        router.head("/downloads/:secret/:name") { request, context in
            try await answer(request, context).createHeadResponse()
        }
    }

    private func answer(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let call = APICall(now: WallClock.now())
        let secret = context.parameters.get("secret") ?? ""
        let name = context.parameters.get("name") ?? ""
        do {
            guard let linked = try await find(secret, name) else { return call.response(.notFound) }
            switch linked {
            case .unknown: return call.response(.notFound)
            case .expired:
                return call.response(DownloadRoutes.gone)
            case .found(let file):
                guard file.job.state == .done else { return call.response(DownloadRoutes.notReady) }
                guard let open = OpenFile(file.path) else { return call.response(DownloadRoutes.gone) }
                return response(open, file, request.headers)
            }
        } catch {
            return call.response(RoutedCall.refusal(error))
        }
    }

    private static let gone = CallAnswer(
        status: .notFound,
        summary: "This link has expired, or its file is gone; ask anew",
        httpStatus: .gone
    )
    private static let notReady = CallAnswer(
        status: .serviceNotAvailable,
        summary: "The file is still being made; try again.",
        retryAfter: 5
    )

    /// What the link leads to, once its file is done or that takes too long.
    private func find(_ secret: String, _ name: String) async throws -> Exporter.LinkState? {
        let first = try await threads.runIfActive { try exporter.link(secret, name: name) }
        guard case .found(let file) = first, file.job.state == .running else { return first }
        _ = try await exporter.isSettled(file.job.id, within: DownloadRoutes.patience, threads: threads)
        return try await threads.runIfActive { try exporter.link(secret, name: name) }
    }

    // MARK: - The answer

    private func response(_ open: OpenFile, _ file: LinkedFile, _ wanted: HTTPFields) -> Response {
        var headers: HTTPFields = [
            .contentType: "application/gzip", .acceptRanges: "bytes", .cacheControl: "private, no-store",
            .contentDisposition: "attachment; filename=\"\(file.name)\"", .xContentTypeOptions: "nosniff",
            .eTag: open.tag,
        ]
        switch ByteRange.read(wanted[.range], ifRange: wanted[.ifRange], tag: open.tag, size: open.size) {
        case .whole: return Response(status: .ok, headers: headers, body: body(open, 0..<open.size))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(open.size)"
            return Response(status: .partialContent, headers: headers, body: body(open, range))
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(open.size)"
            headers[.contentType] = nil
            return Response(status: .rangeNotSatisfiable, headers: headers, body: ResponseBody())
        }
    }

    /// Reads the next piece only when the one before has been taken, so that a slow client costs one piece of memory.
    private func body(_ file: OpenFile, _ range: Range<Int>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            var position = range.lowerBound
            while position < range.upperBound {
                let start = position
                let count = min(OpenFile.pieceBytes, range.upperBound - start)
                let piece = try await threads.runIfActive { try file.read(at: start, count: count) }
                position += piece.readableBytes
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
    }
}

/// A file that is open for as long as somebody reads it, also when its name is gone meanwhile.
final class OpenFile: Sendable {
    static let pieceBytes = 256 << 10

    struct ReadError: Error {}

    private let descriptor: Int32
    let size: Int
    /// Another one for other content: files are never changed once they are done.
    let tag: String

    init?(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        var status = stat()
        guard descriptor >= 0 else { return nil }
        guard fstat(descriptor, &status) == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        size = Int(status.st_size)
        tag =
            "\"\(String(status.st_ino, radix: 36))-\(String(status.st_size, radix: 36))-\(String(status.st_mtim.tv_sec, radix: 36))\""
    }

    deinit { close(descriptor) }

    /// Blocks; at least one byte.
    func read(at position: Int, count: Int) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        let taken = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            max(0, pread(descriptor, bytes.baseAddress, count, position))
        }
        // Shorter than it was: somebody cut it.
        guard taken > 0 else { throw ReadError() }
        return buffer
    }
}

/// The part of a file that a request asks for (RFC 9110, section 14.2).
enum ByteRange: Equatable {
    case whole
    case part(Range<Int>)
    case unsatisfiable

    /// Reads `bytes=100-199`, `bytes=100-` or `bytes=-100`; whatever else is asked for gets the whole file.
    ///
    /// - Parameters:
    ///   - text: of the header `Range`.
    ///   - ifRange: of the header `If-Range`: a part only of the file that the client has begun with.
    ///   - tag: of the file.
    ///   - size: of the file in bytes.
    /// - Returns: what is to be sent.
    static func read(_ text: String?, ifRange: String?, tag: String, size: Int) -> ByteRange {
        guard let text, text.hasPrefix("bytes="), ifRange == nil || ifRange == tag else { return .whole }
        let ends = text.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2, let first = number(ends[0]), let last = number(ends[1]) else { return .whole }
        switch (first, last) {
        case (nil, nil): return .whole
        case (nil, let count?):
            guard count > 0, size > 0 else { return .unsatisfiable }
            return .part(max(0, size - count)..<size)
        case (let first?, let last):
            guard last.map({ $0 >= first }) ?? true else { return .whole }
            guard first < size else { return .unsatisfiable }
            return .part(
                first..<min(
                    size,
                    (last ?? size - 1).addingReportingOverflow(1).overflow ? size : (last ?? size - 1) + 1
                )
            )
        }
    }

    /// A number, `.some(nil)` for an empty text, and nil for any other.
    private static func number(_ text: Substring) -> Int?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return .some(Int(text) ?? .max)
    }
}
