internal import JSON

/// What a file of events is written as (audit API contract, section 4.6).
package enum ExportFormat: String, Sendable, CaseIterable {
    /// RFC 4180 with a row of column names.
    case csv
    /// One JSON object a line.
    case json

    /// Reads a request's `format`; CSV when it is absent.
    static func read<Name>(
        _ name: Name,
        _ members: APIMembers<Name>,
        problems: inout APIProblemList
    ) -> ExportFormat {
        guard let text = members.text(name, problems: &problems) else { return .csv }
        if let format = ExportFormat(rawValue: text.string) { return format }
        problems.add(.notEnumMember, at: "/\(name.rawValue)", "'\(name.rawValue)' must be csv or json")
        return .csv
    }
}
