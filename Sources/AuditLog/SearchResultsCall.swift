internal import JSON

/// A request to `/v1/results`, read and checked (audit API contract, section 4.2).
package struct ResultsCall: Equatable, Sendable {
    /// The search's id, as it was sent.
    package let id: String
    package let limit: Int
    /// May be out of range, see ``page(of:)``.
    package let offset: Int
    /// What the caller takes the search's own restriction to be; nil when it does not say.
    package let assertedRestriction: SearchRestriction?
    package let returnsContext: Bool
    package let verifiesSignatures: Bool

    private enum Member: String, CaseIterable {
        case id, limit, offset
        case assertedRestriction = "assert_search_restriction"
        case returnContext = "return_context"
        case verifySignature = "verify_signature"
        case configurationID = "config_id"
        // Viewers send these, accepted and ignored.
        case maximumResults = "max_results"
        case includeMembershipProof = "include_membership_proof"
        case includeHash = "include_hash"
        case includeRoot = "include_root"
    }

    package init(_ body: APIRequestBody) throws(APIRefusal) {
        var problems = APIProblemList()
        let members = body.members(Member.self, problems: &problems)
        if members[.id] == nil { problems.add(.fieldRequired, at: "/id", "'id' is required") }
        id = members.text(.id, problems: &problems)?.string ?? ""
        limit = SearchCall.limit(members.integer(.limit, problems: &problems), problems: &problems)
        offset = members.integer(.offset, problems: &problems) ?? 0
        assertedRestriction = SearchRestriction.read(
            members[.assertedRestriction],
            named: "assert_search_restriction",
            schema: nil,
            problems: &problems
        )
        returnsContext = members.bool(.returnContext, default: false, problems: &problems)
        verifiesSignatures = members.bool(.verifySignature, default: false, problems: &problems)
        members.checkConfigurationID(.configurationID, problems: &problems)
        try problems.throwIfAny()
    }

    /// Which of a search's `count` events are asked for; nil when the offset is out of range, which is `BadOffset`.
    package func page(of count: Int) -> Range<Int>? {
        guard (0...count).contains(offset) else { return nil }
        return offset..<(offset + min(limit, count - offset))
    }

    /// The refusal of a search that does not exist, is another's, or is over.
    package static let unknownID = APIRefusal(
        APIProblem(.doesNotExist, at: "/id", "there is no search of that id, or its results have expired")
    )

    /// Compares the restriction that the caller asserts with the search's own.
    ///
    /// - Parameter canonical: ``SearchRestriction/canonical`` of the search.
    /// - Throws: `InvalidConst` when they differ.
    package func checkRestriction(_ canonical: [UInt8]) throws(APIRefusal) {
        guard let assertedRestriction, assertedRestriction.canonical != canonical else { return }
        throw APIRefusal(
            APIProblem(
                .invalidConst,
                at: "/assert_search_restriction",
                "'assert_search_restriction' is not the restriction of this search"
            )
        )
    }
}
