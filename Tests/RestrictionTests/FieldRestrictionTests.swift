import JSON
import Schema
import Testing

@testable import Restriction

@Suite struct `A field restriction` {
    private let schema = EventSchema(fields: [
        Field(id: "message", kind: .string, size: 100, isRequired: true),
        Field(id: "tenant_id", kind: .string, size: 100),
        Field(id: "source_ip", kind: .string, size: 64),
        Field(id: "amount", kind: .integer),
        Field(id: "is_test", kind: .boolean),
        Field(id: "timestamp", kind: .datetime),
    ])

    /// Events with one field each; nil leaves it out.
    private func events(_ field: String, _ values: [JSONValue?]) throws -> EncodedEvents {
        var encoder = EventEncoder(schema: schema)
        let index = try #require(schema.index(of: field))
        for value in values {
            encoder.begin()
            if let value { encoder.append(field: index) { $0.append(canonical: value) } }
            encoder.finish()
        }
        return encoder.take()
    }

    private func allows(
        _ field: String,
        _ condition: FieldRule.Condition,
        _ value: JSONValue?,
        required: Bool = false
    ) throws -> Bool {
        let rule = FieldRule(field: field, isRequired: required, condition: condition)
        let restriction = try FieldRestriction(rules: [rule], schema: schema)
        let events = try events(field, [.string("before"), value])
        let isAllowed = restriction.allows(event: 1, in: events)
        #expect(restriction.violations(event: 1, in: events) == (isAllowed ? [] : [field]))
        return isAllowed
    }

    @Test(arguments: [
        ("acme", true), ("Acme", false), ("acme ", false), ("acm", false), ("acme\0", false), ("", false),
        ("globex", true),
        ("\"acme\"", false), ("acme\",\"tenant_id\":\"globex", false), ("ａcme", false), ("quo\"te", true),
        ("back\\slash", true),
        ("back/slash", false), ("café", true), ("cafe\u{301}", false), ("line\nbreak", true), ("line\\nbreak", false),
        ("\u{1}", true),
        ("null", false),
    ])
    func `allows exactly the listed texts`(text: String, isAllowed: Bool) throws {
        let listed = ["acme", "globex", "quo\"te", "back\\slash", "café", "line\nbreak", "\u{1}"]
        let condition = FieldRule.Condition.any(listed.map { .equals(.text($0)) })
        #expect(try allows("tenant_id", condition, .string(text)) == isAllowed)
    }

    @Test(arguments: [
        ("team-", "team-red", true), ("team-", "team-", true), ("team-", "team", false), ("team-", "Team-red", false),
        ("", "anything", true), ("a\"", "a\"b", true), ("a\"", "a", false), ("a\\", "a\\b", true),
        ("a\\", "a\"b", false),
        ("a\\", "a\nb", false), ("a", "a\"", true), ("\u{1}", "\u{1}x", true), ("\u{1}", "\u{10}", false),
        ("é", "école", true),
        ("e", "é", false), ("\\u0001", "\u{1}", false), ("a\\u", "a\u{1}", false),
    ])
    func `allows texts that begin so`(prefix: String, text: String, isAllowed: Bool) throws {
        #expect(try allows("tenant_id", .prefix(prefix), .string(text)) == isAllowed)
    }

    @Test(arguments: [
        ("10.1.2.3", true), ("::ffff:10.1.2.3", true), ("::FFFF:a01:203", true), ("11.1.2.3", false),
        ("10.1.2.3:80", false),
        ("10.1.2.3, 8.8.8.8", false), ("010.1.2.3", false), ("", false), ("\"", false), ("10.1.2.3\"", false),
        ("::1", false),
        ("10.1.2.3\0", false), ("10.0.0.0/8", false), ("localhost", false),
    ])
    func `allows addresses of a network`(text: String, isAllowed: Bool) throws {
        let network = try #require(IPNetwork("10.0.0.0/8"))
        #expect(try allows("source_ip", .network(network), .string(text)) == isAllowed)
    }

    @Test(arguments: [
        ("11.0.0.1", true), ("10.0.0.1", false), ("::ffff:10.0.0.1", false), ("2001:db8::1", true),
        ("10.0.0.1:443", false),
        (" 10.0.0.1", false), ("10.0.0.1 ", false), ("010.0.0.1", false), ("::10.0.0.1", false), ("::a00:1", false),
        ("::1", true), ("[10.0.0.1]", false),
        ("10.0.0.1, 11.0.0.1", false), ("localhost", false), ("", false), ("10.0.0.1\n", false),
    ])
    func `lets pass only what is known to lie outside of a network`(text: String, isAllowed: Bool) throws {
        let network = try #require(IPNetwork("10.0.0.0/8"))
        let outside = FieldRule.Condition.not(.any([.network(network)]))
        #expect(try allows("source_ip", outside, .string(text)) == isAllowed)
        #expect(try allows("source_ip", .all([outside, .not(.equals(.text("x")))]), .string(text)) == isAllowed)
        #expect(try allows("source_ip", .not(.not(outside)), .string(text)) == isAllowed)
    }

    @Test func `lets another test decide about what is no address`() throws {
        let network = FieldRule.Condition.network(try #require(IPNetwork("10.0.0.0/8")))
        #expect(try allows("source_ip", .any([network, .equals(.text("internal"))]), .string("internal")))
        #expect(try allows("source_ip", .any([.not(network), .equals(.text("internal"))]), .string("internal")))
        #expect(try !allows("source_ip", .any([network, .equals(.text("internal"))]), .string("external")))
        #expect(try !allows("source_ip", .not(.all([network, .prefix("10.")])), .string("10.0.0.1:80")))
        #expect(try allows("source_ip", .not(.all([network, .prefix("10.")])), .string("external")))
    }

    @Test func `compares integers and booleans as they are stored`() throws {
        let numbers = FieldRule.Condition.any([.equals(.integer(1)), .equals(.integer(-9_223_372_036_854_775_808))])
        #expect(try allows("amount", numbers, .integer(1)))
        #expect(try allows("amount", numbers, .integer(.min)))
        #expect(try !allows("amount", numbers, .integer(10)))
        #expect(try !allows("amount", numbers, .integer(-1)))
        #expect(try !allows("amount", numbers, .string("1")))
        #expect(try allows("is_test", .equals(.bool(false)), .bool(false)))
        #expect(try !allows("is_test", .equals(.bool(false)), .bool(true)))
        #expect(try !allows("is_test", .not(.equals(.bool(true))), .bool(true)))
    }

    @Test func `passes an absent field unless it is required`() throws {
        #expect(try allows("tenant_id", .equals(.text("acme")), nil))
        #expect(try !allows("tenant_id", .equals(.text("acme")), nil, required: true))
        #expect(try allows("tenant_id", .equals(.text("acme")), .string("acme"), required: true))
        #expect(try allows("tenant_id", .all([]), .string("any"), required: true))
        #expect(try !allows("tenant_id", .all([]), nil, required: true))
    }

    @Test func `combines its tests`() throws {
        let condition = FieldRule.Condition.any([
            .prefix("team-"), .equals(.text("acme")), .all([.prefix("x"), .not(.any([.equals(.text("xy"))]))]),
        ])
        for (text, isAllowed) in [("team-a", true), ("acme", true), ("xz", true), ("xy", false), ("other", false)] {
            #expect(try allows("tenant_id", condition, .string(text)) == isAllowed)
        }
        let other = FieldRule.Condition.not(.any([.equals(.text("acme")), .prefix("int-")]))
        for (text, isAllowed) in [("acme", false), ("int-1", false), ("acme2", true), ("", true)] {
            #expect(try allows("tenant_id", other, .string(text)) == isAllowed)
        }
    }

    @Test func `finds one of thousands`() throws {
        let condition = FieldRule.Condition.any((0..<5_000).map { .equals(.text("tenant-\($0)")) })
        #expect(try allows("tenant_id", condition, .string("tenant-0")))
        #expect(try allows("tenant_id", condition, .string("tenant-4999")))
        #expect(try !allows("tenant_id", condition, .string("tenant-5000")))
        #expect(try !allows("tenant_id", condition, .string("tenant-")))
    }

    @Test func `names every violated field`() throws {
        let restriction = try FieldRestriction(
            rules: [
                FieldRule(field: "tenant_id", condition: .equals(.text("acme"))),
                FieldRule(field: "amount", condition: .equals(.integer(1))),
                FieldRule(field: "is_test", isRequired: true, condition: .equals(.bool(true))),
            ],
            schema: schema
        )
        let events = try events("tenant_id", [.string("acme"), .string("globex")])
        #expect(restriction.violations(event: 0, in: events) == ["is_test"])
        #expect(restriction.violations(event: 1, in: events) == ["tenant_id", "is_test"])
        #expect(FieldRestriction.none.violations(event: 1, in: events).isEmpty)
    }

    @Test func `reveals stored events only when every restricted field is there and passes`() throws {
        let restriction = try FieldRestriction(
            rules: [FieldRule(field: "tenant_id", condition: .equals(.text("acme")))],
            schema: schema
        )
        func reveals(_ text: String) throws -> Bool {
            let document = JSONDocument()
            try document.parse(Array(text.utf8))
            return restriction.reveals(event: document.root)
        }
        #expect(try reveals(#"{"tenant_id":"acme"}"#))
        #expect(try reveals(#"{"message":"x","tenant_id":"\u0061cme"}"#))
        #expect(try !reveals(#"{"tenant_id":"globex"}"#))
        #expect(try !reveals(#"{"message":"x"}"#))
        #expect(try !reveals(#"{"tenant_id":null}"#))
        #expect(restriction.allows(.string("acme"), inField: "tenant_id"))
        #expect(!restriction.allows(.string("globex"), inField: "tenant_id"))
        #expect(restriction.allows(.string("globex"), inField: "actor"))
    }

    @Test func `refuses unknown fields with the nearest`() throws {
        let error = try #require(problem(FieldRule(field: "tenantid", condition: .equals(.text("x")))))
        #expect(error.problems.map(\.code) == [.unknownField])
        #expect(error.description.contains("did you mean 'tenant_id'?"))
        #expect(
            problem(FieldRule(field: "zzzzzzzz", condition: .all([])))?.description.contains("message, tenant_id")
                == true
        )
    }

    @Test func `refuses values that a field never holds`() throws {
        let rules = [
            FieldRule(
                field: "tenant_id",
                condition: .any([.equals(.integer(1)), .equals(.bool(true)), .equals(.text("x"))])
            ),
            FieldRule(field: "amount", condition: .any([.equals(.text("1")), .prefix("1"), .equals(.bool(true))])),
            FieldRule(field: "is_test", condition: .not(.equals(.text("true")))),
            FieldRule(field: "timestamp", condition: .prefix("2024-")),
        ]
        let error = try #require(problem(rules))
        #expect(error.problems.map(\.field) == ["tenant_id", "amount", "amount", "amount", "is_test"])
        #expect(error.problems.allSatisfy { $0.code == .typeMismatch })
    }

    @Test func `refuses texts that are longer than the field`() throws {
        let fits = String(repeating: "é", count: 64)
        let rules = [
            FieldRule(field: "source_ip", condition: .any([.equals(.text(fits)), .equals(.text(fits + "x"))])),
            FieldRule(field: "source_ip", condition: .not(.any([.prefix(fits), .prefix(fits + "x")]))),
        ]
        let error = try #require(problem(rules))
        #expect(error.problems.map(\.code) == [.neverMatches, .neverMatches])
        #expect(error.description.contains("holds at most 64 characters; the prefix 'éééééééééééééééééééé…' is longer"))
    }

    private func problem(_ rules: FieldRule...) -> RestrictionError? { problem(rules) }

    private func problem(_ rules: [FieldRule]) -> RestrictionError? {
        do throws(RestrictionError) {
            _ = try FieldRestriction(rules: rules, schema: schema)
            return nil
        } catch {
            return error
        }
    }
}
