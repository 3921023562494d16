internal import JSON
package import Schema

/// A request to `/v1/export`, read and checked (audit API contract, section 4.5).
package struct ExportCall: Equatable, Sendable {
    package let format: ExportFormat
    /// Microseconds since 1970, both ends included; nil when the start is after the end, so that nothing is exported.
    ///
    /// Without a start it begins with the oldest event; an end of now has no bound, as in ``SearchCall/receivedAt``.
    package let receivedAt: ClosedRange<Int64>?
    /// The id of the field that events are sorted by; nil for the log's own order.
    package let orderField: String?
    /// Newest, or greatest, first: what a search does by itself, too.
    package let isDescending: Bool
    package let isVerbose: Bool

    private enum Member: String, CaseIterable {
        case format, start, end, order, verbose
        case orderBy = "order_by"
        case configurationID = "config_id"
    }

    /// Reads a parsed body.
    ///
    /// - Parameters:
    ///   - body: the request's body.
    ///   - schema: of the log to be exported.
    ///   - now: microseconds since 1970; durations count back from it.
    /// - Throws: all problems of the request.
    package init(_ body: APIRequestBody, schema: EventSchema, now: Int64) throws(APIRefusal) {
        var problems = APIProblemList()
        let members = body.members(Member.self, problems: &problems)
        format = ExportFormat.read(.format, members, problems: &problems)
        let start = ExportCall.time(.start, members, now: now, problems: &problems) ?? .min
        let end = ExportCall.time(.end, members, now: now, problems: &problems) ?? now
        let last = end == now ? Int64.max : end
        receivedAt = start <= last ? start...last : nil
        isDescending = ExportCall.isDescending(members, problems: &problems)
        orderField = ExportCall.orderField(members, schema: schema, problems: &problems)
        isVerbose = members.bool(.verbose, default: true, problems: &problems)
        members.checkConfigurationID(.configurationID, problems: &problems)
        try problems.throwIfAny()
    }

    private static func time(
        _ member: Member,
        _ members: APIMembers<Member>,
        now: Int64,
        problems: inout APIProblemList
    ) -> Int64? {
        let text = members.text(member, maximumLength: SearchTime.maximumLength, problems: &problems)
        guard let text else { return nil }
        if let time = SearchTime.parse(text.rawBuffer, now: now) { return time }
        problems.add(
            .badFormatDateTime,
            at: "/\(member.rawValue)",
            "'\(member.rawValue)' must be a time such as 2024-05-06T07:08:09Z or a duration such as 14d"
        )
        return nil
    }

    private static func isDescending(_ members: APIMembers<Member>, problems: inout APIProblemList) -> Bool {
        guard let text = members.text(.order, problems: &problems)?.string else { return true }
        if text != "asc" && text != "desc" {
            problems.add(.notEnumMember, at: "/order", "'order' must be asc or desc")
        }
        return text != "asc"
    }

    private static func orderField(
        _ members: APIMembers<Member>,
        schema: EventSchema,
        problems: inout APIProblemList
    ) -> String? {
        guard let name = members.text(.orderBy, problems: &problems)?.string, name != "received_at" else { return nil }
        if let index = schema.index(of: name), schema.fields[index].kind != .stringUnindexed { return name }
        problems.add(
            .notEnumMember,
            at: "/order_by",
            "'order_by' must be received_at or a field that can be searched"
        )
        return nil
    }
}
