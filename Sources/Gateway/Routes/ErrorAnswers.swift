internal import HTTPTypes
internal import Hummingbird

/// Turns what no route answered into the API's envelope.
struct ErrorAnswers: RouterMiddleware {
    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            let call = APICall(now: WallClock.now())
            switch error.status {
            case .notFound:
                return call.response(CallAnswer(status: .notFound, summary: "There is nothing at this path"))
            case .methodNotAllowed:
                return call.response(
                    CallAnswer(
                        status: .notFound,
                        summary: "This path does not take this method",
                        httpStatus: .methodNotAllowed
                    )
                )
            default:
                return call.response(
                    CallAnswer(status: .validationError, summary: error.status.reasonPhrase, httpStatus: error.status)
                )
            }
        }
    }
}
