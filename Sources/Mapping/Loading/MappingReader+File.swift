internal import JSON

extension MappingReader {
    private static let keys = [
        "$schema", "vendor", "title", "documentation", "paths", "authenticate", "handshakes", "framing", "event",
        "tables", "answers", "schema",
    ]

    /// The mapping of a whole file, or nil when a part of it that everything needs is wrong.
    func mapping(_ json: LocatedJSON, version: String) -> MappingFile? {
        let required = ["vendor", "event"]
        guard let members = object(json, "a mapping", keys: MappingReader.keys, required: required) else { return nil }
        // Tables come first: the expressions name them.
        let tables = tables(members["tables"])
        functions = VendorFunctions.all(tables: tables)
        let vendor = text(members["vendor"], "'vendor'") ?? ""
        if let place = members["vendor"], !vendor.utf8.allSatisfy(MappingReader.isNameByte) {
            problem(place, "a vendor's name has letters a to z, digits, '-' and '_' only")
        }
        let authentication = authentication(members["authenticate"], of: json)
        let handshakes = (array(members["handshakes"], "'handshakes'") ?? []).compactMap { handshake($0) }
        let framing = framing(members["framing"])
        checkBody(of: authentication, members["authenticate"], framing)
        let answers = answerTable(members["answers"])
        let schema = members["schema"].flatMap { vendorSchema($0) }
        guard let event = members["event"].flatMap({ eventRule($0) }), let authentication else { return nil }
        warnAboutForgeableIDs(members["event"], event, authentication)
        return MappingFile(
            name: baseName,
            file: file,
            version: version,
            vendor: vendor,
            title: text(members["title"], "'title'") ?? vendor,
            documentation: text(members["documentation"], "'documentation'"),
            paths: paths(members["paths"]),
            authentication: authentication,
            handshakes: handshakes,
            framing: framing,
            event: event,
            tables: tables,
            answers: answers,
            vendorSchema: schema,
            warnings: warnings.sorted { $0.position < $1.position },
            functions: functions
        )
    }

    /// The file's name without folder and `.json`.
    private var baseName: String {
        let last = file.split(separator: "/").last.map(String.init) ?? file
        return last.hasSuffix(".json") ? String(last.dropLast(5)) : last
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }

    // MARK: - Paths

    private func paths(_ json: LocatedJSON?) -> [String] {
        (array(json, "'paths'") ?? []).compactMap { json in
            guard let path = text(json, "a path") else { return nil }
            let steps = path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            let isPath =
                path.hasPrefix("/")
                && steps.allSatisfy {
                    !$0.isEmpty && $0.allSatisfy(MappingReader.isPathByte) && !$0.elementsEqual("..".utf8)
                }
            if isPath { return path }
            problem(json, "'\(path)' is no path that a sender appends; write it such as \"/v1/logs\"")
            return nil
        }
    }

    /// An unreserved character (RFC 3986, section 2.3).
    private static func isPathByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "~"): true
        default: isNameByte(byte)
        }
    }

    // MARK: - Tables

    private func tables(_ json: LocatedJSON?) -> [String: LookupTable] {
        var tables: [String: LookupTable] = [:]
        for table in entries(json, "'tables'") {
            let rows = entries(table.value, "the table '\(table.name)'")
            tables[table.name] = LookupTable(rows.map { ($0.name, $0.value.json) })
        }
        return tables
    }

    // MARK: - Authentication

    private func authentication(_ json: LocatedJSON?, of file: LocatedJSON) -> AuthenticationRule? {
        guard let json else {
            problem(file, "a mapping needs 'authenticate'; for a vendor that proves nothing it is \"none\"")
            return nil
        }
        guard let rule = authenticationRule(json, depth: 0) else { return nil }
        warnAboutUncoveredBodies(rule)
        return rule
    }

    private static let forms = [
        "secret", "basic", "hmac", "hash", "signature", "jwt", "client_certificate", "networks", "pin", "any", "all",
    ]

    private func authenticationRule(_ json: LocatedJSON, depth: Int, isInAll: Bool = false) -> AuthenticationRule? {
        if let word = json.stringValue {
            if word == "none" && depth == 0 { return AuthenticationRule.none }
            let forms = list(MappingReader.forms)
            problem(json, "'authenticate' is \"none\" or an object with one of \(forms), not \"\(word)\"")
            return nil
        }
        guard let members = object(json, "'authenticate'", keys: MappingReader.forms) else { return nil }
        guard let (form, value) = members.first, members.count == 1 else {
            problem(json, "'authenticate' has exactly one form; several go into 'any' or 'all'")
            return nil
        }
        switch form {
        case "secret": return secretRule(value).map { .secret($0) }
        case "basic": return basicRule(value).map { .basic($0) }
        case "hmac": return hmacRule(value).map { .hmac($0) }
        case "jwt": return jwtRule(value).map { .jwt($0) }
        case "client_certificate": return clientCertificateRule(value).map { .clientCertificate($0) }
        case "networks": return networksRule(value).map { .networks($0) }
        case "hash": return hashRule(value, isProof: !isInAll).map { .hash($0) }
        case "signature": return publicKeyRule(value).map { .signature($0) }
        case "pin": return pinRule(value).map { .pin($0) }
        case "any", "all":
            guard depth < 4, let elements = array(value, "'\(form)'"), !elements.isEmpty else {
                problem(value, "'\(form)' is an array of one or more forms, nested at most four times")
                return nil
            }
            let isInAll = form == "all" && elements.count > 1
            let rules = elements.compactMap { authenticationRule($0, depth: depth + 1, isInAll: isInAll) }
            if isInAll, !rules.isEmpty, rules.allSatisfy(MappingReader.isKeyless) {
                problem(value, "hashes without \"secret\" prove nothing, not even together; add a signature")
            }
            return form == "any" ? .any(rules) : .all(rules)
        default: return nil
        }
    }

    /// Before a request is authenticated its body is one value or a form: of many lines none is the one that is asked.
    private func checkBody(of rule: AuthenticationRule?, _ json: LocatedJSON?, _ framing: FramingRule) {
        guard let rule, let json, rule.readsBody else { return }
        switch framing.format {
        case .automatic, .json, .form: break
        case .lines, .text:
            problem(
                json,
                "'authenticate' reads a value of the body, and \"format\": \"\(framing.format.rawValue)\" has one in each "
                    + "line; use \"auto\", \"json\" or \"form\", or take what is asked from a header"
            )
        }
    }

    /// Whether anyone could make what a rule asks for.
    private static func isKeyless(_ rule: AuthenticationRule) -> Bool {
        if case .hash(let hash) = rule { hash.key == nil } else { false }
    }

    // MARK: - Framing

    private func framing(_ json: LocatedJSON?) -> FramingRule {
        let keys = ["format", "field", "empty", "records"]
        guard let json, let members = object(json, "'framing'", keys: keys) else { return FramingRule() }
        let format = choice(members["format"], "'format'", FramingRule.Format.self) ?? .automatic
        if let field = members["field"], format != .form {
            problem(field, "'field' names a field of a form; it needs \"format\": \"form\"")
        }
        return FramingRule(
            format: format,
            field: text(members["field"], "'field'"),
            acceptsEmpty: bool(members["empty"], "'empty'") ?? false,
            records: expression(
                members["records"],
                "'records'",
                forbidden: ["received_at": "how records are cut must not depend on the clock"]
            )
        )
    }
}
