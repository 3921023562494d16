import Foundation
import JSON
import Testing

@testable import Settings

@Suite struct `The JSON Schema of the configuration` {
    private let root: JSONValue

    init() throws {
        let url = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .appendingPathComponent("../../../Deploy/audit-gateway.schema.json").standardized
        let document = JSONDocument()
        try document.parse([UInt8](Data(contentsOf: url)))
        root = document.root.owned()
    }

    @Test func `has the keys that the reader knows, object by object`() throws {
        let described = keys(of: root, path: "")
        let known = Dictionary(uniqueKeysWithValues: SettingsKeys.all.map { ($0.path, Set($0.keys)) })
        #expect(Set(described.keys) == Set(known.keys))
        for (path, keys) in known { #expect(described[path] == keys, "\(path)") }
    }

    @Test func `describes every key and lets no other pass`() {
        var objects = 0
        walk(root) { node in
            guard let properties = node["properties"] else { return }
            objects += 1
            #expect(node["additionalProperties"]?.boolValue == false)
            for property in properties.members ?? [] {
                let name = String(decoding: property.name, as: UTF8.self)
                let isDescribed = resolved(property.value)["description"] ?? property.value["description"] != nil
                #expect(isDescribed, "\(name)")
            }
        }
        #expect(objects == 22)
    }

    @Test func `names defaults that the reader has`() throws {
        let settings = try settings("{}")
        let defaults: [(path: [String], text: String)] = [
            (["listen", "host"], settings.listen.host), (["listen", "port"], "\(settings.listen.port)"),
            (["limits", "body_bytes"], Quantity.text(settings.limits.bodyBytes)),
            (["limits", "inflated_bytes"], Quantity.text(settings.limits.inflatedBytes)),
            (["limits", "records"], "\(settings.limits.records)"),
            (["limits", "queue_bytes"], Quantity.text(settings.limits.queueBytes)),
            (["limits", "header_bytes"], Quantity.text(settings.limits.headerBytes)),
            (["limits", "request_timeout"], Quantity.text(settings.limits.requestTimeout)),
            (["limits", "shutdown_timeout"], Quantity.text(settings.limits.shutdownTimeout)),
            (["limits", "mapping_steps"], "\(settings.limits.mappingSteps)"),
            (["limits", "mapping_output_bytes"], Quantity.text(settings.limits.mappingOutputBytes)),
            (["logging", "format"], settings.logging.format.rawValue),
            (["logging", "level"], settings.logging.level.rawValue),
            (["quarantine", "bytes"], Quantity.text(settings.quarantine.bytes)),
            (["quarantine", "retention"], Quantity.text(settings.quarantine.retention)),
            (["deduplication", "retention"], Quantity.text(settings.retention.deduplication)),
            (["raw", "retention"], Quantity.text(settings.retention.raw)),
        ]
        for (path, text) in defaults {
            var node: JSONValue? = root
            for key in path { node = node?["properties"]?.member(Array(key.utf8)) }
            let value = node?["default"]
            #expect(value?.stringValue ?? value?.integerValue.map { "\($0)" } == text, "\(path)")
        }
    }

    /// A configuration with one quantity, which stands where the `%` is.
    private static let quantities: [String: String] = [
        "logs[].publish.interval": #"{"logs":[{"name":"a","publish":{"interval":%}}]}"#,
        "verification.checkpoint_interval": #"{"verification":{"checkpoint_interval":%}}"#,
        "logs[].retention.events": #"{"logs":[{"name":"a","retention":{"events":%}}]}"#,
        "logs[].retention.raw": #"{"logs":[{"name":"a","retention":{"raw":%}}]}"#,
        "sinks[].batch.bytes": #"{"sinks":[{"batch":{"bytes":%}}]}"#,
        "sinks[].batch.linger": #"{"sinks":[{"batch":{"linger":%}}]}"#,
        "sinks[].timeout": #"{"sinks":[{"timeout":%}]}"#,
        "limits.body_bytes": #"{"limits":{"body_bytes":%}}"#,
        "limits.inflated_bytes": #"{"limits":{"inflated_bytes":%}}"#,
        "limits.queue_bytes": #"{"limits":{"queue_bytes":%}}"#,
        "limits.header_bytes": #"{"limits":{"header_bytes":%}}"#,
        "limits.mapping_output_bytes": #"{"limits":{"mapping_output_bytes":%}}"#,
        "limits.request_timeout": #"{"limits":{"request_timeout":%}}"#,
        "limits.shutdown_timeout": #"{"limits":{"shutdown_timeout":%}}"#,
        "quarantine.bytes": #"{"quarantine":{"bytes":%}}"#,
        "quarantine.retention": #"{"quarantine":{"retention":%}}"#,
        "deduplication.retention": #"{"deduplication":{"retention":%}}"#,
        "raw.retention": #"{"raw":{"retention":%}}"#,
    ]

    @Test func `names the ranges of sizes and times that the reader takes`() throws {
        let described = quantities(of: root, path: "")
        #expect(Set(described.keys) == Set(Self.quantities.keys))
        for (path, text) in Self.quantities {
            let node = try #require(described[path])
            let description = node["description"]?.stringValue ?? ""
            let range = try #require(
                description.firstMatch(of: #/ From ([0-9A-Za-z]+) to ([0-9A-Za-z]+)\.$/#),
                "\(path): \(description)"
            )
            func isTaken(_ quantity: String) -> Bool {
                !problems(text.replacing("%", with: quantity)).contains { $0.contains(" must be ") }
            }
            #expect(isTaken("\"\(range.1)\"") && isTaken("\"\(range.2)\""), "\(path)")
            if let low = Quantity.byteCount(String(range.1)), let high = Quantity.byteCount(String(range.2)) {
                #expect(!isTaken("\(low - 1)") && !isTaken("\(high + 1)"), "\(path)")
                #expect(node["minimum"]?.integerValue == Int64(low), "\(path)")
                #expect(node["maximum"]?.integerValue == Int64(high), "\(path)")
            } else {
                let low = try #require(Quantity.duration(String(range.1)))
                let high = try #require(Quantity.duration(String(range.2)))
                #expect(low == .zero || !isTaken("\"\(Quantity.text(low - .milliseconds(1)))\""), "\(path)")
                #expect(!isTaken("\"\(Quantity.text(high + .milliseconds(1)))\""), "\(path)")
            }
        }
    }

    /// The properties that hold a length of time or a number of bytes.
    private func quantities(of node: JSONValue, path: String) -> [String: JSONValue] {
        var found: [String: JSONValue] = [:]
        forEachProperty(of: node, path: path) { path, node in
            let type = node["$ref"]?.stringValue?.split(separator: "/").last
            if type == "duration" || type == "byteCount" { found[path] = node }
        }
        return found
    }

    private func forEachProperty(of node: JSONValue, path: String, _ body: (String, JSONValue) -> Void) {
        for property in node["properties"]?.members ?? [] {
            let name = String(decoding: property.name, as: UTF8.self)
            let place = path.isEmpty ? name : "\(path).\(name)"
            body(place, property.value)
            forEachProperty(of: property.value, path: place, body)
            if let items = property.value["items"] { forEachProperty(of: items, path: place + "[]", body) }
        }
    }

    /// The keys of every object that the schema describes, by the path of the object.
    private func keys(of node: JSONValue, path: String) -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        let node = resolved(node)
        for alternative in node["anyOf"]?.elements ?? [] {
            found.merge(keys(of: alternative, path: path)) { a, b in a.union(b) }
        }
        if let properties = node["properties"]?.members {
            found[path] = Set(properties.map { String(decoding: $0.name, as: UTF8.self) })
            for property in properties {
                let name = String(decoding: property.name, as: UTF8.self)
                // A condition's lists hold conditions again.
                guard !["in", "not"].contains(name) else { continue }
                found.merge(keys(of: property.value, path: path.isEmpty ? name : "\(path).\(name)")) { a, _ in a }
            }
        }
        if let items = node["items"] {
            // Secrets and conditions look the same alone and in a list.
            let isListOfAlternatives = path.hasSuffix("secret") || path.hasSuffix("token") || path.hasSuffix(".*")
            found.merge(keys(of: items, path: isListOfAlternatives ? path : path + "[]")) { a, b in a.union(b) }
        }
        if let other = node["additionalProperties"], other.isObject {
            found.merge(keys(of: other, path: path + ".*")) { a, _ in a }
        }
        return found
    }

    private func resolved(_ node: JSONValue) -> JSONValue {
        guard let name = node["$ref"]?.stringValue?.split(separator: "/").last else { return node }
        return root["$defs"]?.member(Array(name.utf8)) ?? node
    }

    private func walk(_ node: JSONValue, _ body: (JSONValue) -> Void) {
        body(node)
        node.forEachMember { _, value in walk(value, body) }
        node.forEachElement { walk($0, body) }
    }
}
