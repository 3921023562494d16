internal import JSON
package import Schema

/// A request to `/v1/search`, read and checked (audit API contract, section 4.1).
package struct SearchCall: Equatable, Sendable {
    package enum Order: Equatable, Sendable {
        /// The log's own order.
        case receivedAt
        /// Position in the schema's fields.
        case field(Int)
    }

    /// What `limit` is unless a call says otherwise.
    package static let defaultLimit = 20
    package static let maximumResults = 10_000
    private static let defaultRange: Int64 = 14 * 24 * 3600 * 1_000_000

    package let query: SearchQuery
    /// Microseconds since 1970, both ends included; nil when the start is after the end, so that nothing matches.
    ///
    /// An end of now has no bound: an event logged just before the search may carry a later microsecond, because the
    /// times of a batch ascend from its commit's start.
    package let receivedAt: ClosedRange<Int64>?
    package let order: Order
    package let isDescending: Bool
    /// How many events the answer itself holds.
    package let limit: Int
    /// How many events the search finds at most.
    package let maximumResults: Int
    package let restriction: SearchRestriction
    package let isVerbose: Bool
    package let returnsContext: Bool
    package let verifiesSignatures: Bool

    private enum Member: String, CaseIterable {
        case query, start, end, order, limit, verbose
        case orderBy = "order_by"
        case maximumResults = "max_results"
        case restriction = "search_restriction"
        case returnContext = "return_context"
        case verifySignature = "verify_signature"
        case configurationID = "config_id"
        // Historic, accepted and ignored.
        case includeMembershipProof = "include_membership_proof"
        case includeHash = "include_hash"
        case includeRoot = "include_root"
    }

    private typealias Members = APIMembers<Member>

    /// Reads a parsed body.
    ///
    /// - Parameters:
    ///   - body: the request's body.
    ///   - schema: of the log to be searched.
    ///   - now: microseconds since 1970; durations count back from it.
    /// - Throws: all problems of the request.
    package init(_ body: APIRequestBody, schema: EventSchema, now: Int64) throws(APIRefusal) {
        var problems = APIProblemList()
        let members = body.members(Member.self, problems: &problems)
        query = SearchCall.query(members, schema: schema, problems: &problems)
        let start = SearchCall.time(.start, members, now: now, problems: &problems) ?? now - SearchCall.defaultRange
        let end = SearchCall.time(.end, members, now: now, problems: &problems) ?? now
        let last = end == now ? Int64.max : end
        receivedAt = start <= last ? start...last : nil
        isDescending = SearchCall.isDescending(members, problems: &problems)
        order = SearchCall.order(members, schema: schema, problems: &problems)
        limit = SearchCall.limit(members.integer(.limit, problems: &problems), problems: &problems)
        maximumResults = SearchCall.maximumResults(members, problems: &problems)
        restriction =
            SearchRestriction.read(
                members[.restriction],
                named: "search_restriction",
                schema: schema,
                problems: &problems
            ) ?? .none
        isVerbose = members.bool(.verbose, default: true, problems: &problems)
        returnsContext = members.bool(.returnContext, default: false, problems: &problems)
        verifiesSignatures = members.bool(.verifySignature, default: false, problems: &problems)
        members.checkConfigurationID(.configurationID, problems: &problems)
        try problems.throwIfAny()
    }

    private static func query(
        _ members: Members,
        schema: EventSchema,
        problems: inout APIProblemList
    ) -> SearchQuery {
        guard let text = members.text(.query, problems: &problems) else { return .everything }
        do throws(APIRefusal) {
            return try SearchQuery(text.string, schema: schema)
        } catch {
            problems.add(error)
            return .everything
        }
    }

    private static func time(
        _ member: Member,
        _ members: Members,
        now: Int64,
        problems: inout APIProblemList
    ) -> Int64? {
        let text = members.text(member, maximumLength: SearchTime.maximumLength, problems: &problems)
        guard let text else { return nil }
        guard let time = SearchTime.parse(text.rawBuffer, now: now) else {
            problems.add(
                .badFormatDateTime,
                at: "/\(member.rawValue)",
                "'\(member.rawValue)' must be a time such as 2024-05-06T07:08:09Z or a duration such as 14d"
            )
            return nil
        }
        return time
    }

    private static func isDescending(_ members: Members, problems: inout APIProblemList) -> Bool {
        guard let text = members.text(.order, problems: &problems) else { return true }
        switch text.string {
        case "asc": return false
        case "desc": return true
        default:
            problems.add(.notEnumMember, at: "/order", "'order' must be asc or desc")
            return true
        }
    }

    private static func order(
        _ members: Members,
        schema: EventSchema,
        problems: inout APIProblemList
    ) -> Order {
        guard let text = members.text(.orderBy, problems: &problems) else { return .receivedAt }
        let name = text.string
        if name == receivedAtName { return .receivedAt }
        guard let index = schema.index(of: name), schema.fields[index].kind != .stringUnindexed else {
            problems.add(
                .notEnumMember,
                at: "/order_by",
                "'order_by' must be received_at or a field that can be searched"
            )
            return .receivedAt
        }
        return .field(index)
    }

    private static func maximumResults(_ members: Members, problems: inout APIProblemList) -> Int {
        guard let count = members.integer(.maximumResults, problems: &problems) else { return maximumResults }
        guard (1...maximumResults).contains(count) else {
            problems.add(
                .notWithinRange,
                at: "/max_results",
                "'max_results' must be between 1 and \(maximumResults)"
            )
            return maximumResults
        }
        return count
    }

    /// A page's size: at least 1; more than a search can find is as good as all of it.
    static func limit(_ limit: Int?, problems: inout APIProblemList) -> Int {
        guard let limit else { return defaultLimit }
        guard limit >= 1 else {
            problems.add(.isTooSmall, at: "/limit", "'limit' must be at least 1")
            return defaultLimit
        }
        return min(limit, maximumResults)
    }
}
