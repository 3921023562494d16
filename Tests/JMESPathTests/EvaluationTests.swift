import JMESPath
import JSON
import Synchronization
import Testing

@Suite struct `An evaluation` {
    /// Forms that the compiler has steps of their own for, beside the same in other words.
    @Test(arguments: [
        ("a || b || (c || d) || e", "a || (b || (c || (d || e)))", #""e""#),
        ("e && (f && a) && g", "e && (f && (a && g))", "null"),
        ("e && f && g", "(e && f) && g", "7"), ("a || b", "a || b || b", "false"),
        ("type(f) == 'array'", "contains(['array'], type(f))", "true"),
        ("type(f) != 'object'", "!contains(['object'], type(f))", "true"),
        ("'null' == type(a)", "a == `null`", "true"), ("type(g) == 'no type'", "`false`", "false"),
        ("contains(`[\"d\", \"e\"]`, e)", "contains(['d', 'e'], e)", "true"),
        ("contains(`[\"d\", \"e\"]`, g)", "contains(['d', 'e'], g)", "false"),
        ("contains(`[]`, e)", "`false`", "false"), ("contains(`[7, \"x\"]`, g)", "contains([`7`], g)", "true"),
        ("[a, e, '', g, f][?@]", "[a, e, '', g, f] | [?@]", #"["e",7,["h"]]"#), ("a.[e][?@]", "a.[e]", "null"),
        ("e == 'e'", "'e' == e", "true"), ("g == '7'", "'7' == g", "false"), ("c != ''", "'' != c", "false"),
    ])
    func `means the same in a form with a step of its own`(form: String, other: String, result: String) throws {
        let value = try json(#"{"b": false, "c": "", "d": [], "e": "e", "f": ["h"], "g": 7}"#)
        #expect(text(of: try Expression(form).evaluate(value)) == result)
        #expect(text(of: try Expression(other).evaluate(value)) == result)
    }

    @Test func `leaves type and contains to a host that has its own`() throws {
        let functions = ["type", "contains"].map { name in
            Function(name: name, parameters: [.any], variadic: true) { (_, _) throws(JMESPathError) in .string("mine") }
        }
        let value = try json(#"{"a": "x"}"#)
        #expect(text(of: try Expression("type(a) == 'mine'", functions: functions).evaluate(value)) == "true")
        #expect(text(of: try Expression("contains(`[\"x\"]`, a)", functions: functions).evaluate(value)) == #""mine""#)
    }

    /// Up to 32 members are told apart by the beginnings of their names.
    @Test(arguments: [2, 31, 32, 33, 40])
    func `takes the first of members with the same name, however many there are`(count: Int) throws {
        let names = (0..<count - 1).map { "a long name that ends with \($0)" } + ["a long name that ends with 0"]
        let members = names.enumerated().map { #""\#($0.element)": \#($0.offset)"# }
        let value = try json("{\(members.joined(separator: ","))}")
        #expect(text(of: try Expression("length(@)").evaluate(value)) == "\(count - 1)")
        #expect(text(of: try Expression("values(@)[0]").evaluate(value)) == "0")
    }

    @Test func `gives the host's variables and forgets them at a reset`() throws {
        let expression = try Expression("[$request.method, $source]", variables: ["request", "source"])
        let evaluation = Evaluation()
        evaluation.reset(
            root: .null,
            variables: ["request": try json(#"{"method": "POST"}"#), "source": .string("okta")]
        )
        #expect(text(of: try expression.evaluate(.bool(true), in: evaluation)) == #"["POST","okta"]"#)
        evaluation.bind("source", to: .integer(1))
        #expect(text(of: try expression.evaluate(.bool(true), in: evaluation)) == #"["POST",1]"#)
        evaluation.reset(root: .null)
        let error = #expect(throws: JMESPathError.self) { try expression.evaluate(.bool(true), in: evaluation) }
        #expect(error?.kind == .undefinedVariable)
        #expect(error?.offset == 1)
    }

    @Test func `reads the root that was set, not the current value`() throws {
        let evaluation = Evaluation()
        evaluation.reset(root: try json(#"{"a": 1}"#))
        #expect(
            text(of: try Expression("[a, $.a, $]").evaluate(json(#"{"a": 2}"#), in: evaluation)) == #"[2,1,{"a":1}]"#
        )
    }

    @Test func `parses JSON text inside the record into memory that it reuses`() throws {
        let decode = Function(name: "decode", parameters: [.string]) { (evaluation, arguments) throws(JMESPathError) in
            let parsed: Result<JSONValue?, JMESPathError>? = arguments[0].withStringBytes { bytes in
                do throws(JMESPathError) { return .success(try evaluation.parse(bytes)) } catch {
                    return .failure(error)
                }
            }
            return try parsed?.get() ?? .null
        }
        let expression = try Expression("[decode(a).x, decode(b), decode('{}')]", functions: [decode])
        let evaluation = Evaluation()
        for number in 0..<50 {
            let value = try json(#"{"a": "{\"x\": [\#(number), 2]}", "b": "{"}"#)
            evaluation.reset(root: value)
            #expect(text(of: try expression.evaluate(value, in: evaluation)) == "[[\(number),2],null,{}]")
        }
    }

    @Test(arguments: [
        "map(&length(@), $)", "$[*].[@, @]", "$[?@ == $[0]]", "sort($)", "join('', $)", "zip($, $)", "$[::-1]",
        "reverse($)", "contains($, 'x')",
        "[$ == $, $ == $, $ == $, $ == $]",
    ])
    func `stops when its steps are used up`(text: String) throws {
        let evaluation = Evaluation()
        evaluation.maximumSteps = 500
        let value = JSONValue.array((0..<400).map { .string("element \($0)") })
        evaluation.reset(root: value)
        let expression = try Expression("[\(repeatElement(text, count: 12).joined(separator: ", "))]")
        let error = #expect(throws: JMESPathError.self) { try expression.evaluate(value, in: evaluation) }
        #expect(error?.kind == .budget)
        evaluation.reset(root: value)
        #expect(throws: Never.self) { try Expression("$[0]").evaluate(value, in: evaluation) }
    }

    @Test(arguments: [
        "join('xxxxxxxxxx', $)", "$[*]", "$[*].[@]", "replace(join('', $), 'e', 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee')",
        "pad_left('', `5000`)",
        "split(join('', $), '')", "to_string($)", "zip($, $)", "map(&@, $)", "sort($)", "group_by($, &@)",
        "upper(join('', $))", "$[0:].{a: @}",
    ])
    func `stops when it builds too much`(text: String) throws {
        let evaluation = Evaluation()
        evaluation.maximumOutputBytes = 4000
        let value = JSONValue.array((0..<400).map { .string("element \($0)") })
        evaluation.reset(root: value)
        let error = #expect(throws: JMESPathError.self) { try Expression(text).evaluate(value, in: evaluation) }
        #expect(error?.kind == .budget)
    }

    @Test(arguments: ["", "to_string", "length(to_string"])
    func `refuses values that double with every step`(function: String) throws {
        var text = "$a0"
        for level in (1...60).reversed() { text = "let $a\(level) = [$a\(level - 1), $a\(level - 1)] in " + text }
        text =
            "let $a0 = 'x' in "
            + text.replacing("in $a0", with: "in \(function)" + (function.isEmpty ? "$a60" : "($a60)"))
        if function.contains("(") { text += ")" }
        let start = ContinuousClock.now
        #expect(try failure(of: text, on: "1")?.kind == .budget)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func `counts passing many members as work`() throws {
        let members = (0..<1000).map { JSONMember("m\($0)", .integer(Int64($0))) }
        let evaluation = Evaluation()
        evaluation.maximumSteps = 300
        let document = JSONDocument()
        try document.parse(Array(text(of: .object(members)).utf8))
        for value in [.object(members), document.root] {
            evaluation.reset(root: value)
            let error = #expect(throws: JMESPathError.self) {
                try Expression("[none, none, none, none]").evaluate(value, in: evaluation)
            }
            #expect(error?.kind == .budget)
        }
    }

    @Test func `calls the host's functions with checked arguments`() throws {
        let pick = Function(name: "pick", parameters: [.number, .string], variadic: true, optional: 1) {
            (_, arguments) throws(JMESPathError) in
            guard arguments.count > 1 else { return .null }
            guard let index = arguments[0].integerValue, (1..<Int64(arguments.count)).contains(index) else {
                throw JMESPathError(.invalidValue, "pick() has no such text")
            }
            return arguments[Int(index)]
        }
        let first = Function(name: "first", parameters: [.expression, .array]) { (_, arguments) throws(JMESPathError) in
            for element in arguments[1].elements ?? [] {
                let value = try arguments.evaluate(0, on: element)
                if !value.isNull { return value }
            }
            return .null
        }
        let functions = [pick, first]
        #expect(try result(of: "pick(`2`, 'a', 'b')", on: "null", functions: functions) == #""b""#)
        #expect(try result(of: "pick(`2`)", on: "null", functions: functions) == "null")
        #expect(try result(of: "pick()", on: "null", functions: functions) == "!invalid-arity")
        #expect(try result(of: "pick(`1`, 'a', `2`)", on: "null", functions: functions) == "!invalid-type")
        #expect(try result(of: "pick(`1`, x)", on: #"{"x": {}}"#, functions: functions) == "!invalid-type")
        #expect(try failure(of: "a | pick(`3`, 'a')", functions: functions)?.offset == 4)
        #expect(try result(of: "first(&a.b, @)", on: #"[1, {"a": 2}, {"a": {"b": 3}}]"#, functions: functions) == "3")
        let length = Function(name: "length", parameters: [.any], result: .number) { (_, _) throws(JMESPathError) in
            .integer(42)
        }
        #expect(try result(of: "length(@)", on: "null", functions: [length]) == "42")
    }

    @Test func `lets the host prepare a call from its literals`() throws {
        let lookup = Function(
            name: "lookup",
            parameters: [.string, .any],
            prepare: { (constants: [JSONValue?]) throws(JMESPathError) -> Function.Body in
                guard let name = constants[0]?.stringValue, constants[1] == nil else {
                    throw JMESPathError(.invalidValue, "lookup() takes the name of a table")
                }
                return { (_, arguments) throws(JMESPathError) in .string(name + ":" + text(of: arguments[1])) }
            }
        )
        #expect(try result(of: "lookup('t', a)", on: #"{"a": 1}"#, functions: [lookup]) == #""t:1""#)
        let error = try #require(try failure(of: "a || lookup(b, c)", functions: [lookup]))
        #expect(error.kind == .invalidValue)
        #expect(error.offset == 5)
    }

    @Test func `refuses host functions that evaluate each other without end`() throws {
        let text = "again(@)"
        let again = Function(name: "again", parameters: [.any]) { (evaluation, arguments) throws(JMESPathError) in
            try Recursion.expression().evaluate(arguments[0], in: evaluation)
        }
        Recursion.functions.withLock { $0 = [again] }
        #expect(try result(of: text, on: "1", functions: [again]) == "!budget")
    }

    @Test(arguments: [
        ("a.b", ["1"]), ("a", [#"{"b":1}"#]), ("missing || a.b", ["1"]),
        ("list[?k == 'x'].v", [#""x""#, "1", #""y""#]),
        ("list[0].k", [#""x""#]), ("tags[*]", [#"["s","t"]"#]), ("tags[?@ == 's']", [#""s""#, #""t""#]),
        ("tags[1]", [#""t""#]),
        ("length(tags)", [#"["s","t"]"#]), ("@ | a.b", ["1"]), ("let $x = a in $x.b", [#"{"b":1}"#, "1"]),
        ("[tags[0], a.b]", [#""s""#, "1"]),
        ("$.a.b", ["1"]), ("list[*].{n: k}", [#""x""#, #""y""#]), ("`1`", []), ("missing.x", []), ("a.*", ["1"]),
    ])
    func `tells what was read in a document`(expression: String, reads: [String]) throws {
        let document = JSONDocument()
        try document.parse(
            Array(#"{"a": {"b": 1}, "list": [{"k": "x", "v": 1}, {"k": "y", "v": 2}], "tags": ["s", "t"]}"#.utf8)
        )
        let evaluation = Evaluation()
        evaluation.reset(root: document.root)
        var seen: [String] = []
        evaluation.onRead = { seen.append(text(of: $0.value)) }
        _ = try Expression(expression).evaluate(document.root, in: evaluation)
        #expect(seen == reads)
    }

    @Test func `runs one expression on many threads`() async throws {
        let expression = try Expression("list[?k == 'x'] | [0].v || upper('none')")
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let document = JSONDocument()
                    let evaluation = Evaluation()
                    var last = ""
                    for _ in 0..<200 {
                        try document.parse(Array(#"{"list": [{"k": "x", "v": \#(number)}]}"#.utf8))
                        evaluation.reset(root: document.root)
                        last = text(of: try expression.evaluate(document.root, in: evaluation))
                    }
                    return last
                }
            }
            var results: Set<String> = []
            for try await result in group { results.insert(result) }
            #expect(results == Set((0..<8).map(String.init)))
        }
    }
}

@Suite struct `Members` {
    @Test func `are told apart by names of every length`() throws {
        let names = [
            "", "a", "ab", "abc", "abcd", "abcde", "abcdf", "abcdefgh", "abcdefgi", "b", "bc", "bcd", "é", "éa",
            "\u{1D11E}",
        ]
        let members = names.enumerated().map { JSONMember($1, .integer(Int64($0))) }
        let document = JSONDocument()
        try document.parse(Array(text(of: .object(members)).utf8))
        for (number, name) in names.enumerated() {
            #expect(text(of: try Expression("\"\(name)\"").evaluate(document.root)) == "\(number)")
            #expect(text(of: try Expression("\"\(name)x\"").evaluate(document.root)) == "null")
        }
    }
}
