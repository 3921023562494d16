/// What stands behind a source's name in the path of a request: `/in/{source}/{secret}/{what senders append}`.
struct SourcePath: Equatable {
    /// As it was sent, percent-encoded; nil when nothing stands there.
    let secret: Substring?
    /// One of the mapping's paths, which begins with a slash, or empty.
    let appended: String

    /// - Parameters:
    ///   - rest: all behind the slash behind the name; nil when there is none.
    ///   - paths: what senders may append; the longest that fits counts, so that none is taken for a secret.
    init(_ rest: Substring?, paths: [String]) {
        var secret = rest
        var appended = ""
        if let rest {
            for path in paths where path.utf8.count > appended.utf8.count {
                let step = path.dropFirst()
                guard rest == step || rest.hasSuffix(path) else { continue }
                appended = path
                secret = rest == step ? nil : rest.dropLast(path.count)
            }
        }
        self.secret = secret?.isEmpty == true ? nil : secret
        self.appended = appended
    }
}
