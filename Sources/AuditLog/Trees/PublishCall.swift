internal import JSON

/// A request to `/admin/logs/publish`, read and checked: `{}` or `{"log": name}`.
package struct PublishCall: Equatable, Sendable {
    /// The log's name; nil for all.
    package let log: String?

    private enum Member: String, CaseIterable { case log }

    package init(_ body: APIRequestBody) throws(APIRefusal) {
        var problems = APIProblemList()
        let members = body.members(Member.self, problems: &problems)
        log = members.text(.log, problems: &problems)?.string
        try problems.throwIfAny()
    }
}
