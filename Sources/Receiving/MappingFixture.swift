internal import FoundationEssentials
package import JSON
package import Mapping
internal import Restriction
internal import Schema

/// A captured request of a vendor and the events that it should give.
///
/// Three files beside each other in a folder named after the mapping: `login.input.json` (or another ending), the body;
/// `login.headers.json` with `method`, `headers`, `secrets` and, where they matter, `query`, `path` (what the sender
/// appends), `path_secret`, `url`, `constants`, `jwks` (sets of keys by their URLs), `certificates` (PEM by URL),
/// `client_address` and `received_at`, the clock; `login.expected.json` with `answer`, `events`, `ids`, the number of records in
/// quarantine as `quarantined`, unless it is 0, and the name of the `schema`, unless it is the standard one: `gateway`, or
/// the vendor's own.
package struct MappingFixture: Sendable, CustomStringConvertible {
    /// The name of the mapping.
    package let mapping: String
    package let name: String
    package let body: [UInt8]
    package let request: LocatedJSON
    package let expected: LocatedJSON
    /// The file of what is expected.
    package let expectedFile: String
    /// Whether there is no such file yet.
    package let isNew: Bool

    package var description: String { "\(mapping)/\(name)" }

    /// Why a fixture cannot be run.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    /// What came out, in the form of `expected.json`.
    package struct Outcome: Sendable {
        package let actual: LocatedJSON
        /// One sentence for each difference; none when everything is as expected.
        package let differences: [String]
    }

    // MARK: - Reading

    /// The fixtures of mappings, in the folders of a folder, sorted.
    ///
    /// - Parameters:
    ///   - folder: holds a folder for each mapping.
    ///   - mappings: whose fixtures are read; all when empty.
    /// - Returns: the fixtures; a body without an `expected.json` is one too.
    /// - Throws: a file cannot be read or is no JSON.
    package static func load(folder: String, of mappings: Set<String> = []) throws(Problem) -> [MappingFixture] {
        var fixtures: [MappingFixture] = []
        for mapping in try names(in: folder) where mappings.isEmpty || mappings.contains(mapping) {
            let files = try names(in: "\(folder)/\(mapping)")
            for file in files {
                guard let mark = file.firstRange(of: ".input.") else { continue }
                let name = String(file[..<mark.lowerBound])
                let path = "\(folder)/\(mapping)/\(name)"
                let hasHeaders = files.contains("\(name).headers.json")
                let hasExpected = files.contains("\(name).expected.json")
                fixtures.append(
                    MappingFixture(
                        mapping: mapping,
                        name: name,
                        body: try bytes(of: "\(folder)/\(mapping)/\(file)"),
                        request: try hasHeaders ? json("\(path).headers.json") : emptyObject,
                        expected: try hasExpected ? json("\(path).expected.json") : emptyObject,
                        expectedFile: "\(path).expected.json",
                        isNew: !hasExpected
                    )
                )
            }
        }
        return fixtures
    }

    private static let emptyObject = LocatedJSON(kind: .object([]), position: SourcePosition(line: 1, column: 1))

    private static func names(in folder: String) throws(Problem) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.sorted()
        } catch {
            throw Problem(description: "\(folder): the folder cannot be read")
        }
    }

    private static func bytes(of file: String) throws(Problem) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Problem(description: "\(file): the file cannot be read")
        }
        return Array(data)
    }

    private static func json(_ file: String) throws(Problem) -> LocatedJSON {
        let bytes = try bytes(of: file)
        do throws(LocatedJSONError) {
            return try LocatedJSON.parse(bytes)
        } catch {
            throw Problem(description: "\(file):\(error.position): \(error.message)")
        }
    }

    // MARK: - Running

    /// Maps the fixture's body and compares.
    package func run(_ mapping: MappingFile) throws(Problem) -> Outcome {
        let source = try source(mapping)
        let reader = DeliveryReader()
        reader.collectsIDs = true
        let outcome = body.withUnsafeBytes { reader.read(request($0), for: source) }
        return compare(outcome, source)
    }

    /// A source of the mapping with the fixture's secrets and constants.
    package func source(_ mapping: MappingFile) throws(Problem) -> Source {
        let schema: EventSchema
        switch expected["schema"]?.stringValue {
        case nil, "standard": schema = .standard
        case "gateway": schema = .gateway
        case let name:
            guard let own = mapping.vendorSchema?.schema, own.vendorID == name else {
                throw Problem(description: "\(self): the mapping has no schema '\(name ?? "")'")
            }
            schema = own
        }
        let keys = KeyStore()
        for set in request["jwks"]?.members ?? [] {
            var writer = JSONWriter()
            writer.append(canonical: set.value.json)
            do throws(KeyStore.FetchFailure) {
                try keys.add(KeyRequest(.keySet, url: set.name), content: writer.bytes, at: 0)
            } catch {
                throw Problem(description: "\(self): the keys of '\(set.name)': \(error.reason)")
            }
        }
        for certificate in request["certificates"]?.members ?? [] {
            for rule in mapping.authentication.certificates {
                let wanted = KeyRequest(.certificate, url: certificate.name, host: rule.host)
                do throws(KeyStore.FetchFailure) {
                    try keys.add(wanted, content: Array((certificate.value.stringValue ?? "").utf8), at: 0)
                } catch {
                    throw Problem(description: "\(self): the certificate of '\(certificate.name)': \(error.reason)")
                }
            }
        }
        var secrets: [String: [[UInt8]]] = [:]
        for secret in request["secrets"]?.members ?? [] {
            let values = secret.value.elements ?? [secret.value]
            secrets[secret.name] = values.compactMap(\.stringValue).map { Array($0.utf8) }
        }
        do throws(SourceError) {
            return try Source(
                name: "fixture",
                mapping: mapping.bind(to: schema),
                secrets: secrets,
                constants: request["constants"]?.json ?? .object([]),
                scope: Array("fixture".utf8),
                keys: keys
            )
        } catch {
            throw Problem(description: "\(self): \(error.message)")
        }
    }

    /// The fixture's request with a body, which is the fixture's own.
    package func request(_ body: UnsafeRawBufferPointer) -> DeliveryRequest {
        let headers = (request["headers"]?.members ?? []).map { header in
            (name: header.name.lowercased(), value: header.value.stringValue ?? "")
        }
        let url = request["url"]?.stringValue ?? ""
        let queryOfURL = url.firstIndex(of: "?").map { String(url[url.index(after: $0)...]) } ?? ""
        let receivedAt = request["received_at"]?.stringValue.flatMap { Timestamp.parse($0)?.seconds } ?? 1_800_000_000
        return DeliveryRequest(
            method: request["method"]?.stringValue ?? "POST",
            path: "/in/\(mapping)" + (request["path"]?.stringValue ?? ""),
            query: request["query"]?.stringValue ?? queryOfURL,
            headers: headers,
            body: body,
            pathSecret: request["path_secret"]?.stringValue,
            publicURL: url,
            receivedAt: receivedAt * 1_000_000,
            clientAddress: request["client_address"]?.stringValue.flatMap { IPAddress($0) },
            isFromTrustedProxy: true
        )
    }

    // MARK: - Comparing

    private func compare(_ outcome: DeliveryOutcome, _ source: Source) -> Outcome {
        var events: [String] = []
        var ids: [String] = []
        var differences: [String] = []
        var quarantinedCount = 0
        let answer: VendorAnswer
        var isHandshake = false
        switch outcome {
        case .answer(let reply):
            answer = reply.answer
            isHandshake = reply.outcome == nil
            if expected["events"]?.elements?.isEmpty == false { differences.append("no events: \(reply.reason)") }
        case .needsKey(let key):
            answer = source.mapping.mapping.answers[.unavailable]
            differences.append("the fixture's 'jwks' and 'certificates' lack '\(key.url)'")
        case .delivery(let delivery):
            let outcome = delivery.outcomeWithoutEvents ?? .stored
            answer = source.mapping.mapping.answers[outcome].with(body: delivery.answerBodies[outcome])
            ids = delivery.ids.map { String(decoding: $0, as: UTF8.self) }
            for index in 0..<delivery.events.count {
                events.append(delivery.events.withEvent(index) { String(decoding: $0, as: UTF8.self) })
            }
            quarantinedCount = delivery.quarantined.count
            for record in delivery.quarantined where expected["quarantined"] == nil {
                differences.append("a record is in quarantine: \(record.place.map { "\($0): " } ?? "")\(record.reason)")
            }
        }
        if let count = expected["quarantined"]?.integerValue, count != quarantinedCount {
            differences.append("\(quarantinedCount) records in quarantine, expected \(count)")
        }
        differences += compare(answer)
        let expectedEvents = (expected["events"]?.elements ?? []).map { MappingFixture.text($0.json) }
        let expectedIDs = (expected["ids"]?.elements ?? []).map { $0.stringValue ?? MappingFixture.text($0.json) }
        differences += MappingFixture.differences("event", expectedEvents, events)
        if expected["ids"] != nil { differences += MappingFixture.differences("id", expectedIDs, ids) }
        if isNew { differences = ["there is no \(name).expected.json yet"] }
        return Outcome(
            actual: actual(told(answer, isHandshake: isHandshake), events, ids, quarantinedCount),
            differences: differences
        )
    }

    private func compare(_ answer: VendorAnswer) -> [String] {
        var differences: [String] = []
        if let status = expected["answer"]?["status"]?.integerValue, status != answer.status {
            differences.append("the answer's status is \(answer.status), expected \(status)")
        }
        for header in expected["answer"]?["headers"]?.members ?? [] {
            let value = answer.headers.first { $0.name == header.name.lowercased() }?.value
            if value != header.value.stringValue {
                differences.append("the answer's header '\(header.name)' is \(value ?? "missing")")
            }
        }
        let body = String(decoding: answer.body, as: UTF8.self)
        if let json = expected["answer"]?["json"], MappingFixture.text(json.json) != body {
            differences.append("the answer's body is \(body), expected \(MappingFixture.text(json.json))")
        }
        if let text = expected["answer"]?["text"]?.stringValue, text != body {
            differences.append("the answer's body is \(body), expected \(text)")
        }
        return differences
    }

    private static func differences(_ what: String, _ expected: [String], _ actual: [String]) -> [String] {
        var differences: [String] = []
        if expected.count != actual.count {
            differences.append("\(actual.count) \(what)s, expected \(expected.count)")
        }
        for (index, (wanted, got)) in zip(expected, actual).enumerated() where wanted != got {
            differences.append("\(what) \(index + 1) is\n  \(got)\nexpected\n  \(wanted)")
        }
        return differences
    }

    private static func text(_ value: JSONValue) -> String {
        var writer = JSONWriter()
        writer.append(canonical: value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The answer in the form of the expected file: the status, and of the rest what was told before; all of a handshake
    /// that is new.
    private func told(_ answer: VendorAnswer, isHandshake: Bool) -> String {
        let before = expected["answer"]
        let isWhole = isHandshake && before == nil
        let names = Set((before?["headers"]?.members ?? []).map { $0.name.lowercased() })
        var text = "{\"status\":\(answer.status)"
        let headers = answer.headers.filter { isWhole || names.contains($0.name) }
        if !headers.isEmpty {
            text +=
                ",\"headers\":" + MappingFixture.text(.object(headers.map { JSONMember($0.name, .string($0.value)) }))
        }
        let isJSON = answer.headers.contains { $0.name == "content-type" && $0.value.hasPrefix("application/json") }
        let body = String(decoding: answer.body, as: UTF8.self)
        if before?["json"] != nil || (isWhole && isJSON) {
            text += ",\"json\":\(body)"
        } else if before?["text"] != nil || (isWhole && !body.isEmpty) {
            text += ",\"text\":" + MappingFixture.text(.string(body))
        }
        return text + "}"
    }

    /// The outcome in the form of the expected file, for rewriting it.
    private func actual(_ answer: String, _ events: [String], _ ids: [String], _ quarantinedCount: Int) -> LocatedJSON {
        let schema =
            expected["schema"]?.stringValue.map { "\"schema\":" + MappingFixture.text(.string($0)) + "," } ?? ""
        let text =
            "{\(schema)\"answer\":\(answer),\"events\":[\(events.joined(separator: ","))],\"ids\":"
            + MappingFixture.text(.array(ids.map { .string($0) }))
            + (quarantinedCount > 0 ? ",\"quarantined\":\(quarantinedCount)}" : "}")
        return (try? LocatedJSON.parse(Array(text.utf8))) ?? MappingFixture.emptyObject
    }
}
