internal import JSON

/// The expressions that a captured record suggests.
struct DraftFields {
    /// The fields that are looked for, in the order in which they are written.
    static let names = [
        "timestamp", "actor", "action", "status", "target", "source", "message", "tenant_id", "user_agent",
    ]

    private(set) var ids: [String] = []
    private(set) var time: String?
    private(set) var fields: [(name: String, expression: String)] = []
    /// The rows of the table `status`; none when nothing looks into it.
    private(set) var statuses: [(key: String, status: String)] = []

    private let leaves: [DraftLeaf]

    init(of record: JSONValue, headers: [(name: String, value: String)], vendor: String) {
        leaves = DraftLeaf.list(of: record)
        let id = best(DraftFields.idNames, 1) { $0.isScalar && !$0.isTime && DraftFields.isOwn($0) }.first?.path
        let delivery = headers.first { $0.name.hasSuffix("-delivery") || $0.name.hasSuffix("-id") }
        ids = [id, id == nil ? delivery.map { "$request.headers.\(ExpressionName.quoted($0.name))" } : nil, "hash(@)"]
            .compactMap { $0 }
        if let leaf = best(DraftFields.timeNames, 1, where: { $0.isTime && DraftFields.isOwn($0) }).first {
            time = "time(\(leaf.path))"
        }
        add("timestamp", time)
        let actor = best(DraftFields.actorNames, 3) { $0.isScalar && !$0.isURL && !$0.isTime }
        add("actor", chain(actor))
        let kind = headers.first { $0.name.hasSuffix("-event") || $0.name.hasSuffix("-topic") }
        let actions = best(DraftFields.actionNames, 1, where: \.isKind).map(\.path)
        let kinds = actions.isEmpty ? kind.map { ["$request.headers.\(ExpressionName.quoted($0.name))"] } : actions
        add("action", kinds?.joined(separator: " || "))
        addStatus()
        add("target", chain(best(DraftFields.targetNames, 3) { $0.isScalar && !$0.isURL && !$0.isTime }))
        let address = best(DraftFields.addressNames, 1, where: \.isAddress).first ?? leaves.first(where: \.isAddress)
        add("source", address?.path)
        let message = chain(best(DraftFields.messageNames, 2) { $0.text != nil && !$0.isURL && !$0.isTime })
        // Without a kind of event there is nothing that the message could fall back to.
        add("message", message ?? (kinds == nil ? "json(@)" : nil))
        let tenant = best(DraftFields.tenantNames, 1) { $0.isScalar && !$0.isURL }.first?.path
        add("tenant_id", ["$source.constants.tenant_id", tenant].compactMap { $0 }.joined(separator: " || "))
        add("source_ip", address?.path)
        add("user_agent", best(["useragent", "rawuseragent", "useragentraw"], 1) { $0.text != nil }.first?.path)
        add("vendor", "'\(vendor)'")
        add("event_id", id)
        add("context", "json(@)")
    }

    /// How much an object looks like a record of an event.
    static func score(of value: JSONValue) -> Int {
        let leaves = DraftLeaf.list(of: value).filter { $0.words.count <= 3 }
        func has(_ names: [String], _ isFit: (DraftLeaf) -> Bool) -> Bool {
            leaves.contains { $0.rank(among: names) != nil && isFit($0) }
        }
        return (has(timeNames) { $0.isTime && isOwn($0) } ? 3 : 0) + (has(idNames) { $0.isScalar && isOwn($0) } ? 3 : 0)
            + (has(actionNames, \.isKind) ? 2 : 0) + (has(actorNames, \.isScalar) ? 2 : 0)
            + (leaves.contains(where: \.isAddress) ? 1 : 0)
    }

    private mutating func add(_ name: String, _ expression: String?) {
        if let expression { fields.append((name, expression)) }
    }

    private func chain(_ leaves: [DraftLeaf]) -> String? {
        leaves.isEmpty ? nil : leaves.map(\.path).joined(separator: " || ")
    }

    /// The leaves that fit best by their names, at most `count`.
    private func best(_ names: [String], _ count: Int, where isFit: (DraftLeaf) -> Bool) -> [DraftLeaf] {
        let ranked = leaves.enumerated().compactMap { index, leaf -> (rank: Int, index: Int)? in
            leaf.rank(among: names).flatMap { isFit(leaf) ? ($0, index) : nil }
        }
        let sorted = ranked.sorted { ($1.rank, $0.index) < ($0.rank, $1.index) }
        return sorted.prefix(count).map { leaves[$0.index] }
    }

    private mutating func addStatus() {
        let fits = best(DraftFields.statusNames, 1) { leaf in
            leaf.value.boolValue != nil || (leaf.isKind && (leaf.text?.count ?? 0) <= 32) || leaf.isHTTPStatus
        }
        guard let leaf = fits.first else { return }
        if leaf.isHTTPStatus { return add("status", "(\(leaf.path) >= `400` && 'failure') || 'success'") }
        add("status", "lookup('status', lower(to_string(\(leaf.path))), 'other')")
        statuses =
            ["success", "succeeded", "ok", "true", "allow", "allowed", "completed"].map { ($0, "success") }
            + ["failure", "failed", "error", "false", "deny", "denied", "blocked"].map { ($0, "failure") }
    }

    /// Whether an id or a time is the event's and not that of somebody in it.
    private static func isOwn(_ leaf: DraftLeaf) -> Bool {
        leaf.words.dropLast().allSatisfy { ["event", "data", "detail", "metadata", "record", "log"].contains($0) }
    }

    // MARK: - Names

    private static let idNames = [
        "eventid", "uuid", "logid", "id", "insertid", "eventuuid", "guid", "uid", "messageid", "deliveryid",
        "requestid",
    ]
    private static let timeNames = [
        "published", "timestamp", "eventtime", "occurredat", "time", "createdat", "date", "datetime", "datecreate",
        "created", "creationdate", "ts", "when", "eventtimestamp", "createtime", "updatedat", "createddatetime",
    ]
    private static let actorNames = [
        "actoremail", "actoralternateid", "actorusername", "actorlogin", "actorname", "actordisplayname",
        "actoruseremail",
        "useremail", "username", "userlogin", "useridentityusername", "senderlogin", "principalemail", "initiatoremail",
        "initiatorname", "authoremail", "authorname", "performedbyemail", "performedby", "adminemail", "admin", "actor",
        "user", "author", "principal", "email", "login", "actorid", "userid", "createdby",
    ]
    private static let actionNames = [
        "action", "eventname", "methodname", "eventtype", "event", "operation", "operationname", "type", "activity",
        "detailtype",
        "kind", "topic", "name",
    ]
    private static let targetNames = [
        "targetalternateid", "targetemail", "targetname", "targetdisplayname", "targetid", "target", "targetdetails",
        "resourcename", "resourceid", "resource", "objectname", "objectemail", "objectid", "object", "entityname",
        "entitypath", "entityid", "repositoryfullname", "repositoryname", "teamname", "projectname", "groupname",
        "subject", "filename",
    ]
    private static let statusNames = [
        "outcomeresult", "outcome", "result", "status", "success", "issuccess", "statuscode", "loginresult", "decision",
    ]
    private static let addressNames = [
        "ipaddress", "ip", "clientip", "sourceipaddress", "sourceip", "remoteip", "remoteaddress", "actorip",
        "useripaddress",
    ]
    private static let messageNames = [
        "message", "displaymessage", "description", "summary", "msg", "title", "reason",
    ]
    private static let tenantNames = [
        "tenantid", "tenantname", "tenant", "organizationlogin", "organizationid", "organizationname", "orgid",
        "orgname",
        "accountid", "workspaceid", "teamid", "enterpriseid", "customerid", "domain",
    ]
}

extension DraftLeaf {
    fileprivate var isHTTPStatus: Bool { value.integerValue.map { (100...599).contains($0) } ?? false }
}

/// How a captured request seems to prove who sent it.
struct DraftProof {
    /// The value of `authenticate`.
    let json: String
    let words: String

    private static let digests: [Int: (algorithm: String, encoding: String)] = [
        40: ("sha1", "hex"), 64: ("sha256", "hex"), 128: ("sha512", "hex"), 28: ("sha1", "base64"),
        44: ("sha256", "base64"), 88: ("sha512", "base64"),
    ]

    init(headers: [(name: String, value: String)]) {
        let signatures = headers.filter { $0.name.contains("signature") || $0.name.contains("hmac") }
        for header in signatures.sorted(by: { $0.value.utf8.count > $1.value.utf8.count }) {
            let parts = header.value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let hasPrefix = parts.count == 2 && (1...8).contains(parts[0].count) && parts[1].count > 20
            let code = hasPrefix ? String(parts[1]) : header.value
            guard let form = DraftProof.digests[code.count],
                form.encoding == "base64" || code.allSatisfy(\.isHexDigit)
            else { continue }
            let place = [("header", header.name)] + (hasPrefix ? [("prefix", "\(parts[0])=")] : [])
            let rule = [
                ("algorithm", MappingDraft.quoted(form.algorithm)), ("encoding", MappingDraft.quoted(form.encoding)),
                ("message", MappingDraft.array(["body"])),
                ("signature", MappingDraft.object(place.map { ($0.0, MappingDraft.quoted($0.1)) })),
            ]
            json = MappingDraft.object([("hmac", MappingDraft.object(rule))])
            words = "an HMAC in '\(header.name)', perhaps over more than the body"
            return
        }
        let isSecret = { (name: String) in
            ["token", "secret", "api-key", "auth"].contains { name.hasSuffix($0) } && name != "authorization"
        }
        let named = headers.first { isSecret($0.name) }?.name
        let value = headers.first { $0.name == "authorization" }?.value ?? (named == nil ? "Bearer x" : nil)
        var place = [("header", value == nil ? named ?? "authorization" : "authorization")]
        let scheme = value.flatMap { $0.split(separator: " ").count == 2 ? String($0.prefix { $0 != " " }) : nil }
        // The word in front only; what stands there otherwise is the secret itself.
        if let scheme, ["Bearer", "Splunk", "Token", "ApiKey"].contains(scheme) { place.append(("scheme", scheme)) }
        json = MappingDraft.object([
            ("secret", MappingDraft.object(place.map { ($0.0, MappingDraft.quoted($0.1)) }))
        ])
        words = "a secret in '\(place[0].1)'"
    }
}
