import Restriction
import Testing

@Suite struct `The text of rules` {
    @Test func `is read back as the same rules`() throws {
        let network = try #require(IPNetwork("10.0.0.0/8"))
        let rules = [
            FieldRule(field: "tenant_id", condition: .any([.equals(.text("acme \"x\"")), .prefix("a-")])),
            FieldRule(
                field: "source",
                isRequired: true,
                condition: .all([.network(network), .not(.equals(.integer(-7))), .equals(.bool(true))])
            ),
        ]
        let text = FieldRule.text(of: rules)
        #expect(FieldRule.rules(in: text) == rules)
        #expect(FieldRule.rules(in: FieldRule.text(of: [])) == [])
    }

    @Test(arguments: ["", "{}", "[1]", #"[{"field":"a","is_required":true,"condition":{"like":"x"}}]"#])
    func `is refused when it is none`(text: String) { #expect(FieldRule.rules(in: Array(text.utf8)) == nil) }
}
