package import Restriction

extension GatewaySettings {
    /// Where requests come in.
    package struct Listen: Sendable {
        /// An address or a name to listen on.
        package let host: String
        /// 0 lets the system choose.
        package let port: Int
        /// What vendors and people are told; nil when the file does not say.
        package let publicURL: HTTPURL?
        /// Whose `X-Forwarded-For` is believed, and what they say of a client's certificate.
        package let trustedProxies: [IPNetwork]
        /// How many threads serve connections; nil for one for every two cores.
        package let eventLoops: Int?

        init(_ section: Section<ListenKey>) {
            var section = section
            section.override(.host, by: .listenHost)
            section.override(.port, by: .listenPort)
            section.override(.publicURL, by: .publicURL)
            let written = Self.host(section)
            host = written?.value ?? "127.0.0.1"
            port = section.integer(.port, 0...65_535) ?? 8080
            publicURL = section.url(.publicURL)
            trustedProxies = section.texts(.trustedProxies).compactMap { section.network($0) }
            eventLoops = section.integer(.eventLoops, 1...256)
            if let written, ["0.0.0.0", "::"].contains(written.value), publicURL == nil {
                section.validation.warning(
                    "answers would name \(publicURL(port: port)), which nobody can reach; set listen.public_url",
                    at: written.place
                )
            }
        }

        private static func host(_ section: Section<ListenKey>) -> Located<String>? {
            guard let host = section.text(.host) else { return nil }
            if IPAddress(host.value) != nil || HostName.isValid(host.value) { return host }
            section.validation.problem(
                "'\(host.value)' is neither an address nor a host's name; write 127.0.0.1, 0.0.0.0 or ::",
                at: host.place
            )
            return nil
        }

        /// The public URL, or the listener's own `http://host:port`, with the port that the system chose.
        package func publicURL(port: Int) -> HTTPURL { publicURL ?? HTTPURL(scheme: .http, host: host, port: port) }
    }
}

extension Section {
    /// The URL of a server; nil when absent and after a problem.
    func url(_ key: Key) -> HTTPURL? {
        guard let text = text(key) else { return nil }
        do throws(HTTPURL.Flaw) {
            return try HTTPURL(text.value)
        } catch {
            // The text is left out: a password may stand in it.
            validation.problem("\(name(of: key)) \(error.message)", at: text.place)
            return nil
        }
    }
}
