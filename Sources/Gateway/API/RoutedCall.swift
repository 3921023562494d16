internal import AuditLog
internal import Hummingbird
internal import NIOCore

/// How the router's calls of the API begin and end: who asks, what the body is, and an answer whatever happens.
struct RoutedCall: Sendable {
    /// Most bytes of a request's body (audit API contract, section 1).
    private static let maximumBodyBytes = 64 << 20

    let tokens: TokenDirectory

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - request: its body is read only when the token may make the call.
    ///   - isAllowed: whether a token may.
    ///   - handler: gets the body; what it throws is answered as ``refusal(_:)`` says.
    /// - Returns: the answer.
    func answer(
        _ request: Request,
        if isAllowed: (TokenGrant) -> Bool,
        _ handler: (ByteBuffer, TokenGrant, APICall) async throws -> Response
    ) async -> Response {
        let call = APICall(now: WallClock.now())
        guard let token = tokens.authenticate(request.headers[.authorization]), isAllowed(token) else {
            return call.response(.unauthorized)
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: RoutedCall.maximumBodyBytes)
        } catch is NIOTooManyBytesError {
            let limit = RoutedCall.maximumBodyBytes
            let problem = APIProblem(.aboveMaxLength, at: "", "the body has more than \(limit) bytes")
            return call.response(.problems([problem], httpStatus: .contentTooLarge))
        } catch {
            return call.response(.problems([APIProblem(.badFormat, at: "", "the body is not whole")]))
        }
        do {
            return try await handler(body, token, call)
        } catch {
            return call.response(RoutedCall.refusal(error))
        }
    }

    /// What a client is told of an error.
    static func refusal(_ error: any Error) -> CallAnswer {
        switch error {
        case let refusal as APIRefusal: .problems(refusal.problems)
        case let choice as LogChoiceError: choice.answer
        case let error as StoreError: .unavailable(error)
        default: CallAnswer(status: .internalError, summary: "The request could not be answered")
        }
    }
}
