import JSON
import Restriction
import Testing

@testable import Settings

@Suite struct `A restrict object` {
    private func text(_ restrict: String, logs: String = "") -> String {
        """
        {"logs":[{"name":"default","schema":"gateway"}\(logs)],
        "tokens":[{"name":"t","secret":{"value":"0123456789abcdef"},"scopes":["write"],
        "restrict":\(restrict)}]}
        """
    }

    @Test(arguments: [
        (#"{"tenant_id":["acme"]}"#, FieldRule.Condition.any([.equals(.text("acme"))]), false),
        (#"{"tenant_id":["acme",{"prefix":"int-"}]}"#, .any([.equals(.text("acme")), .prefix("int-")]), false),
        (#"{"tenant_id":{"prefix":"x"}}"#, .prefix("x"), false),
        (#"{"tenant_id":{"not":["root"]}}"#, .not(.any([.equals(.text("root"))])), false),
        (#"{"tenant_id":{"required":true,"in":["acme"]}}"#, .any([.equals(.text("acme"))]), true),
        (#"{"tenant_id":{"required":true}}"#, .all([]), true),
        (
            #"{"tenant_id":{"prefix":"x","not":["xy"]}}"#, .all([.not(.any([.equals(.text("xy"))])), .prefix("x")]),
            false
        ),
        (
            #"{"tenant_id":[{"prefix":"x","not":["xy"]}]}"#,
            .any([.all([.not(.any([.equals(.text("xy"))])), .prefix("x")])]), false
        ),
    ])
    func `is read`(restrict: String, condition: FieldRule.Condition, isRequired: Bool) throws {
        let rules = try settings(text(restrict)).tokens[0].restriction(forLog: "default").rules
        #expect(rules == [FieldRule(field: "tenant_id", isRequired: isRequired, condition: condition)])
    }

    @Test func `knows networks`() throws {
        let restriction = try settings(text(#"{"source_ip":[{"cidr":"10.0.0.0/8"},{"cidr":"2001:db8::/32"}]}"#))
            .tokens[0].restriction(forLog: "default")
        #expect(restriction.allows(.string("10.2.3.4"), inField: "source_ip"))
        #expect(restriction.allows(.string("2001:db8::9"), inField: "source_ip"))
        #expect(!restriction.allows(.string("192.0.2.1"), inField: "source_ip"))
    }

    @Test(arguments: [
        (
            #"{"tenantid":["x"]}"#,
            "3:13: in the log 'default' the schema has no field 'tenantid'; did you mean 'tenant_id'?"
        ),
        (#"{"tenant_id":[12]}"#, "holds text; write the value in quotes"),
        (#"{"tenant_id":"acme"}"#, "must be a list of allowed values"),
        (#"{"tenant_id":[]}"#, "lists no value"), (#"{"tenant_id":{}}"#, "restricts nothing"),
        (#"{"tenant_id":{"not":[]}}"#, "lists no value"), (#"{"tenant_id":{"required":false}}"#, "restricts nothing"),
        (#"{"tenant_id":[null]}"#, "not null"), (#"{"tenant_id":[1.5]}"#, "not a number with a fraction"),
        (#"{"tenant_id":[["a"]]}"#, "not an array"), (#"{"tenant_id":{"cidr":"10.0.0.1/8"}}"#, "write 10.0.0.0/8"),
        (#"{"tenant_id":{"cidr":"x"}}"#, "is not a network"),
        (#"{"tenant_id":{"prefixes":"x"}}"#, "did you mean 'prefix'?"),
        (#"{"tenant_id":[{"required":true,"prefix":"x"}]}"#, "'required' belongs to a field"),
        (#"{"tenant_id":{"in":"acme"}}"#, "must be an array"), ("[]", "restrict must be an object, not an array"),
    ])
    func `is refused with a reason`(restrict: String, reason: String) {
        let problems = problems(text(restrict))
        #expect(problems.contains { $0.contains(reason) }, "\(problems)")
    }

    @Test func `has to fit every log that the token sees`() {
        let logs = #",{"name":"orders","schema":{"fields":[{"id":"message","type":"string"}]}}"#
        let problems = problems(text(#"{"tenant_id":["acme"]}"#, logs: logs))
        #expect(problems.count == 1 && problems[0].contains("in the log 'orders' the schema has no field 'tenant_id'"))
    }
}
