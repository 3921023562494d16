internal import JSON
internal import Schema

/// One way in which people search, with a request for each number.
struct SearchKind: Sendable {
    let title: String
    /// The request's members besides `start`, which is the log's beginning.
    let body: @Sendable (_ number: Int, _ range: SearchedRange) -> [(name: String, value: String)]

    static let all: [SearchKind] = [
        query("field:value, some 50 of them") { "actor:\(SearchEvents.user($0 * 997 % 30_000 + 200))" },
        query("field:value, one in a hundred") { _ in "action:passkey_enrolled" },
        query("field:value, four in ten") { _ in "action:login_succeeded" },
        query("bare word, one event") { "\(SearchEvents.id(of: $0 * 7919 % 200_000).prefix(10))" },
        query("bare word, one in a hundred") { _ in "Passkey" },
        query("bare word, four in ten") { _ in "Successful" },
        query("bare word, nowhere") { "nobody\($0)" },
        query("bare word of three letters, nowhere") { ["qqx", "xqj", "zzq"][$0 % 3] },
        query("time range, one hundredth of the log") { _ in
            ""
        } range: { number, range in
            let length = (range.last - range.first) / 100
            let start = range.first + Int64(number * 17 % 98) * length
            return [("start", SearchedRange.text(start)), ("end", SearchedRange.text(start + length))]
        },
        query("exclusion, one in ten is left") { _ in "-status:success" },
        query("exclusion, one in a hundred is left") { _ in "-status:success -status:failure" },
        query("exclusion, one in a thousand is left") { _ in
            SearchEvents.actions.filter { $0.share > 1 }.map { "-action:\($0.name)" }.joined(separator: " ")
        },
        query("exclusion of a word") { _ in "-Successful" },
        query("conjunction") { number in
            let user = number * 31 % 900
            return "action:login_failed tenant_id:\(SearchEvents.tenant(ofUser: user)) \(SearchEvents.user(user))"
        },
        query("everything") { _ in "" },
    ]

    private static func query(
        _ title: String,
        _ query: @escaping @Sendable (Int) -> String,
        range: @escaping @Sendable (Int, SearchedRange) -> [(name: String, value: String)] = { _, _ in [] }
    ) -> SearchKind {
        SearchKind(title: title) { number, searched in [("query", query(number))] + range(number, searched) }
    }
}

/// The times of receipt of a log's first and last event, in microseconds since 1970.
struct SearchedRange: Sendable {
    let first: Int64
    let last: Int64

    /// A time as requests give it.
    static func text(_ time: Int64) -> String {
        var bytes: [UInt8] = []
        Timestamp.append(microseconds: time, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
