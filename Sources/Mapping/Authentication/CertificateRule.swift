internal import JSON

/// Where a delivery says that its signer's certificate is.
///
///     { "url": "SigningCertURL", "host": "sns\\.[a-z0-9-]+\\.amazonaws\\.com" }
package struct CertificateRule: Sendable {
    /// Evaluated on the decoded body.
    package let url: PlacedExpression
    /// What the URL's host has to match: whoever chooses the certificate chooses the key.
    package let host: HostPattern
}

extension MappingReader {
    func certificateRule(_ json: LocatedJSON) -> CertificateRule? {
        guard let members = object(json, "'certificate'", keys: ["url", "host"], required: ["url", "host"]),
            let url = expression(members["url"], "'url'"),
            let host = hostPattern(members["host"])
        else { return nil }
        return CertificateRule(url: url, host: host)
    }

    /// A pattern of RE2 for hosts.
    func hostPattern(_ json: LocatedJSON?) -> HostPattern? {
        guard let json, let text = text(json, "'host'") else { return nil }
        do throws(PatternError) {
            let pattern = try HostPattern(text)
            guard !pattern.matches("unlikely.example") else {
                problem(
                    json,
                    "'host' matches any host; write the vendor's, such as \"sns\\\\.[a-z0-9-]+\\\\.amazonaws\\\\.com\""
                )
                return nil
            }
            return pattern
        } catch {
            problem(json, "'host' is not one of RE2's patterns: \(error.message)")
            return nil
        }
    }
}
