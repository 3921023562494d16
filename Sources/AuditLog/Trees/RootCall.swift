internal import JSON

/// A request to `/v1/root`, read and checked (audit API contract, section 4.3).
package struct RootCall: Equatable, Sendable {
    /// Of the published tree; nil for the newest.
    package let treeSize: UInt64?

    private enum Member: String, CaseIterable {
        case treeSize = "tree_size"
        case configurationID = "config_id"
    }

    package init(_ body: APIRequestBody) throws(APIRefusal) {
        var problems = APIProblemList()
        let members = body.members(Member.self, problems: &problems)
        let size = members.integer(.treeSize, problems: &problems)
        if let size, size < 1 { problems.add(.isTooSmall, at: "/tree_size", "'tree_size' must be at least 1") }
        treeSize = size.map { UInt64(clamping: $0) }
        members.checkConfigurationID(.configurationID, problems: &problems)
        try problems.throwIfAny()
    }
}
