internal import JSON
package import Schema

/// A request to `/admin/logs/erase`, read and checked.
///
///     {"log":"default","query":"actor:maria","reason":"asked for by the person concerned","dry_run":true}
package struct EraseCall: Sendable {
    package enum Subject: Sendable {
        case sequences([UInt64])
        /// Microseconds since 1970: the one event that was received then.
        case receivedAt(Int64)
        case query(SearchQuery)
    }

    /// Most events that one request erases.
    package static let maximumEvents = 10_000
    private static let maximumReason = 1000

    package let subject: Subject
    package let reason: String
    /// Only tells what would be erased.
    package let isDryRun: Bool

    private enum Member: String, CaseIterable {
        case log, sequences, query, reason
        case receivedAt = "received_at"
        case dryRun = "dry_run"
    }

    /// The log that a request names; nil when it names none.
    package static func log(_ body: APIRequestBody) -> String? {
        var problems = APIProblemList()
        return body.members(Member.self, problems: &problems).text(.log, problems: &problems)?.string
    }

    /// Reads a parsed body.
    ///
    /// - Parameters:
    ///   - body: the request's body.
    ///   - schema: of the log that it names.
    /// - Throws: all problems of the request.
    package init(_ body: APIRequestBody, schema: EventSchema) throws(APIRefusal) {
        var problems = APIProblemList()
        let members = body.members(Member.self, problems: &problems)
        subject = EraseCall.subject(members, schema: schema, problems: &problems)
        reason = members.text(.reason, maximumLength: EraseCall.maximumReason, problems: &problems)?.string ?? ""
        if members[.reason] == nil {
            problems.add(.fieldRequired, at: "/reason", "'reason' is required: the log tells of every erasure")
        } else if reason.isEmpty {
            problems.add(.belowMinLength, at: "/reason", "'reason' cannot be empty")
        }
        isDryRun = members.bool(.dryRun, default: false, problems: &problems)
        try problems.throwIfAny()
    }

    private static func subject(
        _ members: APIMembers<Member>,
        schema: EventSchema,
        problems: inout APIProblemList
    ) -> Subject {
        let given = [Member.sequences, .receivedAt, .query].filter { members[$0] != nil }
        guard given.count < 2 else {
            problems.add(
                .mutuallyExclusive,
                at: "/\(given[1].rawValue)",
                "give one of 'sequences', 'received_at' and 'query'"
            )
            return .sequences([])
        }
        switch given.first {
        case .sequences: return .sequences(sequences(members, problems: &problems))
        case .receivedAt:
            let text = members.text(.receivedAt, maximumLength: SearchTime.maximumLength, problems: &problems)
            guard let text else { return .sequences([]) }
            if let time = SearchTime.parse(text.rawBuffer, now: 0), SearchTime.duration(text.rawBuffer) == nil {
                return .receivedAt(time)
            }
            problems.add(
                .badFormatDateTime,
                at: "/received_at",
                "'received_at' must be a time such as 2024-05-06T07:08:09.123456Z"
            )
        case .query:
            let text = members.text(.query, problems: &problems)?.string ?? ""
            guard !text.isEmpty else {
                problems.add(.belowMinLength, at: "/query", "'query' cannot be empty: it would erase everything")
                return .sequences([])
            }
            do throws(APIRefusal) {
                return .query(try SearchQuery(text, schema: schema))
            } catch {
                problems.add(error)
            }
        case .log, .reason, .dryRun, nil:
            problems.add(.mustProvideOne, at: "/sequences", "one of 'sequences', 'received_at' and 'query' is required")
        }
        return .sequences([])
    }

    private static func sequences(_ members: APIMembers<Member>, problems: inout APIProblemList) -> [UInt64] {
        guard case .node(let array)? = members[.sequences], array.isArray else {
            problems.add(.invalidArray, at: "/sequences", "'sequences' must be an array of whole numbers")
            return []
        }
        guard (1...maximumEvents).contains(array.count) else {
            problems.add(
                array.count == 0 ? .belowMinItems : .aboveMaxItems,
                at: "/sequences",
                "'sequences' must have from 1 to \(maximumEvents) items"
            )
            return []
        }
        var sequences: [UInt64] = []
        for (index, element) in array.elements.enumerated() {
            if case .integer(let number) = element.value, number > 0 {
                sequences.append(UInt64(number))
            } else {
                problems.add(
                    .invalidInteger,
                    at: "/sequences/\(index)",
                    "each of 'sequences' must be a whole number from 1 on"
                )
            }
        }
        return sequences
    }
}
