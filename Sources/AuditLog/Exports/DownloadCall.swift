internal import JSON

/// A request to `/v1/download_results`, read and checked (audit API contract, section 4.6).
package struct DownloadCall: Equatable, Sendable {
    package enum Subject: Equatable, Sendable {
        /// A search, by its `pas_…`.
        case search(String)
        /// An export, by its `prq_…`.
        case export(String)

        /// Where the id stands in the request.
        package var pointer: String {
            switch self {
            case .search: "/result_id"
            case .export: "/request_id"
            }
        }
    }

    package let subject: Subject
    /// Of an export's file the export itself said it; nil when this request does not.
    package let format: ExportFormat?
    /// What the caller takes the restriction of the search to be; nil when it does not say.
    package let assertedRestriction: SearchRestriction?

    private enum Member: String, CaseIterable {
        case format
        case resultID = "result_id"
        case requestID = "request_id"
        case assertedRestriction = "assert_search_restriction"
        case returnContext = "return_context"
        case configurationID = "config_id"
    }

    package init(_ body: APIRequestBody) throws(APIRefusal) {
        var problems = APIProblemList()
        let members = body.members(Member.self, problems: &problems)
        let search = members.text(.resultID, problems: &problems)?.string
        let export = members.text(.requestID, problems: &problems)?.string
        switch (search, export) {
        case (let search?, nil): subject = .search(search)
        case (nil, let export?): subject = .export(export)
        case (_?, _?):
            subject = .search("")
            problems.add(.mutuallyExclusive, at: "/request_id", "give either 'result_id' or 'request_id', not both")
        case (nil, nil):
            subject = .search("")
            if members[.resultID] == nil && members[.requestID] == nil {
                problems.add(.mustProvideOne, at: "/result_id", "either 'result_id' or 'request_id' is required")
            }
        }
        let isFormatGiven = members[.format] != nil
        let format = ExportFormat.read(.format, members, problems: &problems)
        self.format = isFormatGiven ? format : nil
        assertedRestriction = SearchRestriction.read(
            members[.assertedRestriction],
            named: "assert_search_restriction",
            schema: nil,
            problems: &problems
        )
        _ = members.bool(.returnContext, default: false, problems: &problems)
        members.checkConfigurationID(.configurationID, problems: &problems)
        try problems.throwIfAny()
    }

    /// The refusal of a search or export that does not exist, is another's, or is over.
    package var unknownID: APIRefusal {
        APIRefusal(
            APIProblem(.doesNotExist, at: subject.pointer, "there is nothing of that id, or it has expired")
        )
    }

    /// The refusal of an export whose file cannot be had, with the reason in one sentence.
    package func unavailable(_ reason: String) -> APIRefusal {
        APIRefusal(APIProblem(.badState, at: subject.pointer, reason))
    }

    /// Compares the restriction that the caller asserts with the search's own.
    ///
    /// - Parameter canonical: ``SearchRestriction/canonical`` of the search; of an export that of none.
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

    /// Compares the format that the caller wants with that of an export's file.
    package func checkFormat(_ ofFile: ExportFormat) throws(APIRefusal) {
        guard let format, format != ofFile else { return }
        throw APIRefusal(
            APIProblem(
                .invalidConst,
                at: "/format",
                "the export was made as \(ofFile.rawValue); export again as \(format.rawValue)"
            )
        )
    }
}
