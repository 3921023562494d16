import Testing

@Suite(.onOwnThreads) struct `The path prefix of the public URL` {
    @Test func `may stand in front of every route, and need not`() throws {
        var setup = GatewaySetup()
        setup.publicURL = "http://audit.example.com/gateway"
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        for prefix in ["", "/gateway"] {
            #expect(try gateway.get("\(prefix)/healthz").status == 200)
            #expect(try gateway.get("\(prefix)/readyz").status == 200)
            #expect(try gateway.get("\(prefix)/metrics").status == 200)
            let body = Array(Records.auth0(id: "1").utf8)
            #expect(try gateway.post("\(prefix)/in/auth0", body, authorization: Secrets.auth0).status == 200)
            #expect(try gateway.post("\(prefix)/v1/log", Records.single("a")).status == 200)
            #expect(try gateway.post("\(prefix)/v1/search", "{}").status == 200)
            let accepted = try gateway.post("\(prefix)/v2/log_async", Records.bulk(["b"]))
            let location = try #require(accepted.json["result"]["location"].string)
            #expect(location.hasPrefix("http://audit.example.com/gateway/request/prq_"))
            let path = location.dropFirst("http://audit.example.com/gateway".count)
            let fetched = try gateway.get("\(prefix)\(path)", [("Authorization", "Bearer \(Secrets.app)")])
            #expect(fetched.status == 200)
        }
        // Half of a word is no prefix.
        #expect(try gateway.get("/gatewayhealthz").status == 404)
        #expect(try gateway.post("/gatewayv1/log", Records.single("a")).status == 404)
    }
}
