import Cryptography
import Foundation
import JSON
import Mapping
import Receiving
import Schema
import Testing

/// Captured and documented requests of vendors, outside of the repository: `VENDOR/01-name.json` is the body, beside it
/// `01-name.headers.json` with the request, its secrets, the clock and what should come of it.
private let samplesFolder = URL(filePath: mappingsFolder).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/vendors/samples").path

@Suite struct `The samples of every vendor` {
    /// Samples that give no events, with what is said of each instead.
    static let known = [
        // Published signatures, which are believed, over what is no event.
        "github/04-published-vector": "no events: ", "slack/01-published-vector": "no events",
        "github/06-ping-form-encoded": "no events", "salesforce/01-outbound-message": "no events: ",
    ]
    /// Samples of another mapping than their folder's.
    static let others = [
        "github/05-audit-stream-hec": "github-audit-stream", "splunk-hec/02-raw": "splunk-hec-raw",
        "twilio/03-event-streams-batch": "twilio-events",
    ]
    /// Samples that lack what proves their sender, or prove it by a header of the operator's choice.
    static let unproven: Set = [
        "auth0/05-eventbridge", "google-pubsub/03-unwrapped", "sendgrid/02-duplicate-id-in-batch",
        "salesforce/01-outbound-message",
    ]
    /// The clock of samples whose own is hours from that of their signature.
    static let clocks: [String: Int64] = ["slack/01-published-vector": 1_531_420_620]
    /// What the operator of a sample's source has configured.
    static let constants = ["vercel/03-drain-verify": ["verify": "fake-verify-value"]]

    @Test func `are accepted or answered, and give events`() throws {
        let library = MappingLibrary.load(folder: mappingsFolder)
        guard let vendors = try? FileManager.default.contentsOfDirectory(atPath: samplesFolder) else {
            print("no samples of vendors on this machine: skipped")
            return
        }
        var count = 0
        var missing: [String] = []
        for vendor in vendors.sorted() where !vendor.contains(".") {
            guard let mapping = library.mappings[vendor] else {
                missing.append(vendor)
                continue
            }
            for sample in try VendorSample.all(of: vendor) {
                count += 1
                let other = try Self.others["\(sample)"].map { try #require(library.mappings[$0]) }
                let difference = try sample.difference(from: other ?? mapping)
                if let known = Self.known["\(sample)"] {
                    #expect(difference?.hasPrefix(known) == true, "\(sample): \(difference ?? "no difference")")
                } else {
                    #expect(difference == nil, "\(sample): \(difference ?? "")")
                }
            }
        }
        print("\(count) samples read; no mapping yet for \(missing.joined(separator: ", "))")
    }
}

/// One request and what should come of it.
private struct VendorSample: CustomStringConvertible {
    let vendor: String
    let name: String
    var body: [UInt8]
    let request: LocatedJSON?

    var description: String { "\(vendor)/\(name)" }

    static func all(of vendor: String) throws -> [VendorSample] {
        let folder = "\(samplesFolder)/\(vendor)"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        // Keys lie beside the requests, whose names begin with a number.
        return try files.filter { !$0.hasSuffix(".headers.json") && $0.first?.isNumber == true }.map { file in
            let name = String(file.prefix { $0 != "." })
            let headers = "\(name).headers.json"
            return VendorSample(
                vendor: vendor,
                name: name,
                body: try [UInt8](Data(contentsOf: URL(filePath: "\(folder)/\(file)"))),
                request: try files.contains(headers)
                    ? LocatedJSON.parse([UInt8](Data(contentsOf: URL(filePath: "\(folder)/\(headers)")))) : nil
            )
        }
    }

    /// What is not as it should be; nil when everything is.
    func difference(from mapping: MappingFile) throws -> String? {
        let source: Source
        do throws(SourceError) {
            source = try self.source(mapping)
        } catch {
            return "no source: \(error.message)"
        }
        // A record without its request comes through a forwarder; keys from the network are not asked for.
        let isTrusted =
            `The samples of every vendor`.unproven.contains(description) || request == nil
            || request?["certificate"] != nil || request?["jwks"] != nil
        let outcome = body.withUnsafeBytes {
            DeliveryReader().read(delivery($0), for: source, authentication: isTrusted ? .done : .required)
        }
        let expected = request?["expect_response"]
        switch outcome {
        case .needsKey(let key): return "wants a key from \(key.url)"
        case .answer(let reply):
            if reply.outcome == .unauthenticated { return "refused: \(reply.reason)" }
            if request?["expect_action"]?["outbound_get"] != nil, reply.confirmation != nil { return nil }
            guard let expected, reply.outcome == nil else { return "no events: \(reply.reason)" }
            return difference(reply.answer, expected)
        case .delivery(let delivery):
            let stored = delivery.outcomeWithoutEvents ?? .stored
            let answer = mapping.answers[stored].with(body: delivery.answerBodies[stored])
            if let expected, let difference = difference(answer, expected) { return difference }
            if let record = delivery.quarantined.first {
                return "in quarantine: \(record.place.map { "\($0): " } ?? "")\(record.reason)"
            }
            if expected?["records"]?.integerValue == 0 {
                return delivery.events.isEmpty ? nil : "\(delivery.events.count) events of a probe"
            }
            return difference(delivery)
        }
    }

    private func difference(_ delivery: Delivery) -> String? {
        guard !delivery.events.isEmpty else { return "no events" }
        let document = JSONDocument()
        for index in delivery.events.indices {
            guard (try? document.parse(delivery.events.withEvent(index) { [UInt8]($0) })) != nil else {
                return "event \(index + 1) is no JSON"
            }
            for field in ["action", "message"] where document.root.member(Array(field.utf8))?.isAbsent != false {
                return "event \(index + 1) has no \(field)"
            }
        }
        return nil
    }

    private func difference(_ answer: VendorAnswer, _ expected: LocatedJSON) -> String? {
        if let status = expected["status"]?.integerValue, status != answer.status {
            return "answered \(answer.status), not \(status)"
        }
        var headers = (expected["headers"]?.members ?? []).map { ($0.name.lowercased(), $0.value.stringValue ?? "") }
        if let type = expected["content_type"]?.stringValue { headers.append(("content-type", type)) }
        for (name, value) in headers {
            let given = answer.headers.first { $0.name == name }?.value ?? ""
            let isSame = name == "content-type" ? given.hasPrefix(value) : given == value
            if !isSame { return "the answer's header '\(name)' is '\(given)', not '\(value)'" }
        }
        guard let body = expected["body"] else { return nil }
        let given = String(decoding: answer.body, as: UTF8.self)
        if let text = body.stringValue { return text == given ? nil : "the answer's body is \(given)" }
        // A value such as "<epoch ms now>" stands for any.
        for member in body.members ?? [] where member.value.stringValue?.hasPrefix("<") == true {
            return given.contains("\"\(member.name)\"") ? nil : "the answer's body is \(given)"
        }
        var writer = JSONWriter()
        writer.append(canonical: body.json)
        return writer.bytes == answer.body ? nil : "the answer's body is \(given)"
    }

    // MARK: - The request

    private func source(_ mapping: MappingFile) throws(SourceError) -> Source {
        if `The samples of every vendor`.unproven.contains(description) {
            return Source(trying: mapping.bind(to: .gateway), name: vendor)
        }
        var secrets: [String: [[UInt8]]] = [:]
        for name in mapping.authentication.secretNames {
            // A shared secret is no key of a pair.
            let hasKey = request?["secrets"]?[name] != nil || request?["public_key_der_base64"] != nil
            if name == "public_key", !hasKey { continue }
            secrets[name] = values(of: name)
        }
        let claims = request?["expected_claims"]
        var constants = (claims?.members ?? []).map { JSONMember($0.name, $0.value.json) }
        if let audience = claims?["aud"] { constants.append(JSONMember("audience", audience.json)) }
        for (name, value) in `The samples of every vendor`.constants[description] ?? [:] {
            constants.append(JSONMember(name, .string(value)))
        }
        return try Source(
            name: vendor,
            mapping: mapping.bind(to: .gateway),
            secrets: secrets,
            constants: .object(constants),
            scope: Array(vendor.utf8)
        )
    }

    /// Everything that may be a secret of a name: samples tell some with the word in front, or as Basic credentials.
    private func values(of name: String) -> [[UInt8]] {
        var texts = request?["secrets"]?[name]?.stringValue.map { [$0] } ?? []
        if texts.isEmpty {
            texts = (request?["secrets"]?.members ?? []).compactMap(\.value.stringValue)
            for key in ["secret", "hmac_secret", "public_key_der_base64"] {
                if let text = request?[key]?.stringValue { texts.append(text) }
            }
        }
        for text in texts {
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 2 else { continue }
            texts.append(words[1])
            if words[0] == "Basic", let pair = Array(words[1].utf8).withUnsafeBytes({ Base64.decode($0) }) {
                let text = String(decoding: pair, as: UTF8.self)
                texts += [text, String(text.drop { $0 != ":" }.dropFirst())]
            }
        }
        return texts.isEmpty ? [Array("none".utf8)] : texts.map { Array($0.utf8) }
    }

    private func delivery(_ bytes: UnsafeRawBufferPointer) -> DeliveryRequest {
        let url = request?["url"]?.stringValue ?? ""
        let parts = url.split(separator: "?", maxSplits: 1).map(String.init)
        let path = parts.first?.split(separator: "/").dropFirst(2).joined(separator: "/") ?? ""
        let isCompressed = body.starts(with: [0x1F, 0x8B])
        let headers = (request?["headers"]?.members ?? []).map { ($0.name.lowercased(), $0.value.stringValue ?? "") }
        let clock =
            `The samples of every vendor`.clocks[description]
            ?? request?["now"]?.stringValue.flatMap { Timestamp.parse($0)?.seconds }
        return DeliveryRequest(
            method: request?["method"]?.stringValue ?? "POST",
            path: "/" + path,
            query: parts.count > 1 ? parts[1] : "",
            // Some bodies are shown inflated.
            headers: headers.filter { $0.0 != "content-encoding" || isCompressed }.map { (name: $0.0, value: $0.1) },
            body: bytes,
            publicURL: url,
            receivedAt: (clock ?? 1_800_000_000) * 1_000_000
        )
    }
}
