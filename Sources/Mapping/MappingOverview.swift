internal import FoundationEssentials
internal import JSON

/// What a mapping is for, in words.
package struct MappingOverview: Sendable {
    package let name: String
    package let title: String
    /// Where the vendor describes what it sends and where to register a URL.
    package let documentation: String?
    /// What proves who sent a delivery.
    package let proof: String
    package let handshakeCount: Int
    /// The names of the fixtures beside it.
    package let fixtures: [String]

    /// Every mapping of a folder that can be read as JSON, sorted by name.
    package static func list(folder: String) -> [MappingOverview] {
        let files = FileManager.default
        // By the name and not the file's: 'a.json' comes behind 'a-b.json'.
        let names = ((try? files.contentsOfDirectory(atPath: folder)) ?? []).sorted { $0.dropLast(5) < $1.dropLast(5) }
        return names.filter { $0.hasSuffix(".json") && $0 != MappingLibrary.schemaFile }.compactMap { file in
            guard let bytes = files.contents(atPath: "\(folder)/\(file)"),
                let json = try? LocatedJSON.parse(Array(bytes))
            else { return nil }
            let name = MappingLibrary.name(of: file)
            let fixtures = (try? files.contentsOfDirectory(atPath: "\(folder)/Fixtures/\(name)")) ?? []
            return MappingOverview(
                name: name,
                title: json["title"]?.stringValue ?? json["vendor"]?.stringValue ?? name,
                documentation: json["documentation"]?.stringValue,
                proof: json["authenticate"].map { words(for: $0) } ?? "",
                handshakeCount: json["handshakes"]?.elements?.count ?? 0,
                fixtures: fixtures.compactMap { file in
                    file.firstRange(of: ".input.").map { String(file[..<$0.lowerBound]) }
                }.sorted()
            )
        }
    }

    /// A Markdown page with a row for each mapping.
    package static func markdown(_ overviews: [MappingOverview]) -> String {
        var text = """
            # Mappings

            Written by `audit-gateway mappings list --markdown`.

            | mapping | what is covered | what proves the sender | handshakes | fixtures | where to register |
            |---|---|---|---|---|---|

            """
        for overview in overviews {
            let link = overview.documentation.map { "[documentation](\($0))" } ?? ""
            let cells = [
                "[`\(overview.name)`](\(overview.name).json)", cell(overview.title), cell(overview.proof),
                "\(overview.handshakeCount)", "\(overview.fixtures.count)", link,
            ]
            text += "| \(cells.joined(separator: " | ")) |\n"
        }
        return text
    }

    private static func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("\n", with: " ")
    }
}

// MARK: - Authentication in words

extension MappingOverview {
    /// One clause for the value of `authenticate`.
    static func words(for json: LocatedJSON) -> String {
        guard let form = json.members?.first else { return "nothing: anyone may send" }
        let rule = form.value
        let time = rule["timestamp"] == nil ? "" : " and its time"
        switch form.name {
        case "secret": return "a secret \(secretPlace(rule))"
        case "basic":
            return "a password (Basic)" + (rule["user"]?.stringValue.map { " of the user `\($0)`" } ?? "")
        case "hmac":
            let algorithm = rule["algorithm"]?.stringValue ?? "sha256"
            return "an HMAC (\(algorithm)) \(place(rule["signature"]))\(time)"
        case "hash": return "a hash with the secret \(place(rule["signature"]))\(time)"
        case "signature":
            let algorithm = rule["algorithm"]?.stringValue.map { " (\($0))" } ?? ""
            return "a signature\(algorithm) \(place(rule["signature"]))\(time)"
        case "jwt":
            let place = rule["item"] == nil ? place(rule, else: "in `authorization`") : "in the body"
            return "a signed token (JWT) \(place)"
        case "client_certificate": return "a client certificate, told by a trusted proxy \(place(rule))"
        case "networks": return "the sender's network"
        case "pin": return "a fixed value in the body"
        case "any": return list(rule, "or")
        case "all": return list(rule, "and")
        default: return form.name
        }
    }

    private static func list(_ json: LocatedJSON, _ word: String) -> String {
        var parts: [String] = []
        var secretIndex: Int?
        for part in json.elements ?? [] {
            let isNested = part["any"] != nil || part["all"] != nil
            let words = isNested ? "(\(self.words(for: part)))" : self.words(for: part)
            guard !parts.contains(words) else { continue }
            // Many vendors let the operator choose where a secret stands.
            if word == "or", part["secret"] != nil, let index = secretIndex {
                parts[index] += " or \(words.dropFirst("a secret ".count))"
                continue
            }
            if part["secret"] != nil { secretIndex = parts.count }
            parts.append(words)
        }
        return parts.joined(separator: "; \(word) ")
    }

    private static func secretPlace(_ rule: LocatedJSON) -> String {
        let scheme = rule["scheme"]?.stringValue.map { " behind `\($0)`" } ?? ""
        if rule["path"] != nil { return "in the path" }
        if rule["item"] != nil { return "in the body" }
        return place(rule) + scheme
    }

    /// Where in a request something stands.
    private static func place(_ json: LocatedJSON?, else other: String = "") -> String {
        if let name = json?["header"]?.stringValue { return "in `\(name)`" }
        if let names = json?["headers"]?.elements?.compactMap(\.stringValue) {
            return "in \(names.map { "`\($0)`" }.joined(separator: ", "))"
        }
        if let name = json?["numbered"]?.stringValue { return "in `\(name)1` and following" }
        if let name = json?["query"]?.stringValue { return "in the query as `\(name)`" }
        return json?["field"] == nil ? other : "in the body"
    }
}
