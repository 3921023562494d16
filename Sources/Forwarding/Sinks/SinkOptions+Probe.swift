extension SinkOptions {
    /// A request to the sink's route with its token, outside of forwarding.
    ///
    /// - Parameters:
    ///   - body: JSON.
    ///   - timeout: from its start to the end of the answer.
    /// - Returns: nil for a sink without a token that a header can carry.
    package func request(body: [UInt8], timeout: Duration) -> SingleRequest? {
        guard let token = tokens.first, token.isUsable else { return nil }
        var request = SingleRequest(
            method: "POST",
            url: base + endpoint.rawValue,
            headers: [("authorization", "Bearer \(token.secret)"), ("content-type", "application/json")],
            body: body
        )
        request.timeout = timeout
        request.authoritiesFile = authoritiesFile
        return request
    }
}
