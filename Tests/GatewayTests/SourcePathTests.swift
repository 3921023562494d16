import Testing

@testable import Gateway

@Suite struct `What stands behind a source's name` {
    private static let paths = ["/v1/logs", "/collector", "/collector/event"]

    @Test(arguments: [
        (nil, nil, ""), ("", nil, ""), ("s3cret", "s3cret", ""), ("v1/logs", nil, "/v1/logs"),
        ("s3cret/v1/logs", "s3cret", "/v1/logs"), ("collector", nil, "/collector"),
        ("collector/event", nil, "/collector/event"), ("a/collector/event", "a", "/collector/event"),
        // A slash at the end of the URL that was given.
        ("/collector", nil, "/collector"), ("s3cret//collector", "s3cret/", "/collector"),
        // Whole components only, and an escaped slash is none.
        ("xcollector", "xcollector", ""), ("v1/logs/", "v1/logs/", ""), ("v1%2Flogs", "v1%2Flogs", ""),
        ("collector/events", "collector/events", ""),
    ])
    func `is a secret and what senders append`(rest: String?, secret: String?, appended: String) {
        for paths in [Self.paths, Self.paths.reversed()] {
            let path = SourcePath(rest.map { Substring($0) }, paths: paths)
            #expect(path.secret.map(String.init) == secret)
            #expect(path.appended == appended)
        }
    }

    @Test func `is a secret alone where senders append nothing`() {
        #expect(SourcePath("v1/logs", paths: []).secret == "v1/logs")
        #expect(SourcePath("v1/logs", paths: []).appended.isEmpty)
    }
}
