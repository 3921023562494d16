import JMESPath
import JSON
import Testing

/// One line of a table: an expression, what it is evaluated on, and the result as canonical JSON or `!error-kind`.
struct Example: CustomTestStringConvertible, Sendable {
    let expression: String
    let given: String
    let expected: String

    init(_ expression: String, _ expected: String, on given: String = "null") {
        self.expression = expression
        self.expected = expected
        self.given = given
    }

    var testDescription: String { expression }
}

private let record = """
    {"a": {"b": {"c": 1}, "d": [1, 2, 3], "n": null},
     "list": [{"k": "x", "v": 1}, {"k": "y", "v": 2}, {"k": "x", "v": 3}],
     "nested": [[1, [2]], [3], 4, null],
     "map": {"p": {"v": 1, "w": {"z": 5}}, "q": {"v": 2}}, "text": "héllo", "zero": 0,
     "empty": "", "none": [], "void": {}, "no": false, "yes": true, "with space": 7, "twice": 1, "twice": 2}
    """

@Suite struct `Expressions` {
    @Test(arguments: [
        Example("a.b.c", "1"), Example("a.b.c.d", "null"), Example("missing.b", "null"), Example("@.a.b", #"{"c":1}"#),
        Example("\"with space\"", "7"), Example("twice", "1"), Example("$.a.b.c", "1"), Example("a.b | $.zero", "0"),
        Example("a.d[0]", "1"), Example("a.d[-1]", "3"), Example("a.d[3]", "null"), Example("a.d[-4]", "null"),
        Example("a.d[99999999999999999999]", "null"), Example("text[0]", "null"), Example("a[0]", "null"),
        Example("list[1].k", #""y""#), Example("nested[0][1][0]", "2"),
        Example("a.d[1:]", "[2,3]"), Example("a.d[::-1]", "[3,2,1]"), Example("a.d[:-1]", "[1,2]"),
        Example("a.d[::2]", "[1,3]"), Example("a.d[5:]", "[]"), Example("a[1:]", "null"),
        Example("a.d[::0]", "!invalid-value"),
        Example("text[1:3]", #""él""#), Example("text[::-1]", #""olléh""#), Example("text[:2].length(@)", "2"),
        Example("list[*].v", "[1,2,3]"), Example("list[*].missing", "[]"), Example("a[*]", "null"),
        Example("nested[*]", "[[1,[2]],[3],4]"), Example("nested[]", "[1,[2],3,4]"), Example("nested[][]", "[1,2,3,4]"),
        Example("map.*", #"[{"v":1,"w":{"z":5}},{"v":2}]"#), Example("map.*.v", "[1,2]"), Example("*.b", #"[{"c":1}]"#),
        Example("list.*", "null"), Example("list[?v > `1`].k", #"["y","x"]"#), Example("list[?k == 'x'] | [0].v", "1"),
        Example("list[?k == 'x'].v | [1]", "3"), Example("list[?missing]", "[]"), Example("a[?b]", "null"),
        Example("list[*].[k, v]", #"[["x",1],["y",2],["x",3]]"#), Example("a.{x: b.c, y: d[0]}", #"{"x":1,"y":1}"#),
        Example("{x: @.zero, x: twice}", #"{"x":1}"#), Example("missing.[a]", "null"),
        Example("missing.{a: a}", "null"),
        Example("[zero, missing]", "[0,null]"), Example("`[1, {\"a\": 2}]`[1].a", "2"), Example("'it\\'s'", #""it's""#),
        Example("'a\\n'", #""a\\n""#), Example("`\"\\`\"`", #""`""#), Example(" \n a \t . b . c ", "1"),
    ])
    func `find their way through a record`(example: Example) throws {
        #expect(try result(of: example.expression, on: record) == example.expected)
    }

    @Test(arguments: [
        Example("missing || zero", "0"), Example("empty || none || void || no || text", #""héllo""#),
        Example("zero || yes", "0"), Example("missing || no", "false"), Example("yes && zero", "0"),
        Example("none && yes", "[]"), Example("!yes", "false"), Example("!zero", "false"), Example("!missing", "true"),
        Example("!empty", "true"), Example("yes == `true`", "true"), Example("zero == `0.0`", "true"),
        Example("zero == no", "false"), Example("zero == `\"0\"`", "false"), Example("missing == `null`", "true"),
        Example("a.d == `[1, 2.0, 3]`", "true"), Example("a.d == `[1, 2]`", "false"),
        Example("a.b == `{\"c\": 1}`", "true"),
        Example("`{\"a\": 1, \"b\": 2}` == `{\"b\": 2, \"a\": 1}`", "true"), Example("a.b != a.d", "true"),
        Example("`1` < `2`", "true"), Example("`1` >= `1.0`", "true"), Example("`2` <= `1.5`", "false"),
        Example("`9007199254740993` > `9007199254740992.0`", "true"),
        Example("`9007199254740993` == `9007199254740992.0`", "false"),
        Example("`18446744073709551615` > `9223372036854775807`", "true"),
        Example("`-1` < `18446744073709551615`", "true"),
        Example("'a' < 'b'", "true"), Example("'é' > 'z'", "true"), Example("'a' < `1`", "null"),
        Example("yes > no", "null"),
        Example("missing < `1`", "null"), Example("yes ? 'a' : 'b'", #""a""#), Example("none ? 'a' : 'b'", #""b""#),
        Example("no ? 'a' : yes ? 'b' : 'c'", #""b""#), Example("yes ? no ? 1 : 2 : 3", "!syntax"),
        Example("`1` + `2` * `3`", "7"), Example("(`1` + `2`) * `3`", "9"), Example("`7` - `2` - `1`", "4"),
        Example("`7` / `2`", "3.5"), Example("`6` / `2`", "3"), Example("`6` ÷ `4` × `2`", "3"),
        Example("`5` − `7`", "-2"),
        Example("`7` // `2`", "3"), Example("`-7` // `2`", "-4"), Example("`-7` % `3`", "2"),
        Example("`7` % `-3`", "-2"),
        Example("`7.5` // `2`", "3"), Example("`-7.5` % `2`", "0.5"), Example("`0.5` + `0.25`", "0.75"),
        Example("-zero", "0"),
        Example("-`5`", "-5"), Example("+`5`", "5"), Example("--`5`", "5"), Example("-a.b.c + `3`", "2"),
        Example("`9007199254740993` + `2`", "9007199254740995"),
        Example("`9223372036854775807` + `1`", "9223372036854775808"),
        Example("`18446744073709551615` + `1`", "!invalid-value"),
        Example("`18446744073709551615` * `18446744073709551615`", "!invalid-value"),
        Example("`-9223372036854775808` - `1`", "!invalid-value"), Example("`1e308` * `10`", "!not-a-number"),
        Example("`1` / zero", "!not-a-number"), Example("`1` % `0.0`", "!not-a-number"),
        Example("text + `1`", "!not-a-number"),
        Example("missing - `1`", "!not-a-number"), Example("-text", "!not-a-number"), Example("+yes", "!not-a-number"),
        Example("let $x = zero, $y = text in [$x, $y]", #"[0,"héllo"]"#),
        Example("let $x = `1` in let $x = `2`, $y = $x in [$x, $y]", "[2,1]"),
        Example("list[*].[let $v = v in $v + $v]", "[[2],[4],[6]]"),
        Example("let $k = 'x' in list[?k == $k].v", "[1,3]"),
        Example("let $l = list[*] in $l[0].k", #""x""#),
        Example("let $a = (let $b = zero in $b), $c = yes in [$a, $c]", "[0,true]"),
        Example("let $o = a in $o.b.c", "1"), Example("{let: `1`, in: `2`}.[let, in]", "[1,2]"),
    ])
    func `compute and compare`(example: Example) throws {
        #expect(try result(of: example.expression, on: record) == example.expected)
    }

    /// The order of the reference implementation; where a pair differs, the second is how the first is read.
    @Test(arguments: [
        ("a || b && c", "a || (b && c)"), ("a | b || c", "a | (b || c)"), ("a && b == c", "a && (b == c)"),
        ("a == b < c", "(a == b) < c"), ("!a.b", "(!a).b"), ("!a[0]", "!(a[0])"), ("!a == b", "(!a) == b"),
        ("n + n == n * n", "(n + n) == (n * n)"), ("a ? b : c | d", "(a ? b : c) | d"),
        ("a || b ? c : d", "(a || b) ? c : d"),
        ("o[*].o[]", "(o[*].o)[]"), ("o[*].o[*].a | [0]", "(o[*].o[*].a)[0]"), ("m.*.a.b", "(m.*.a).b"),
        ("m.*.a[0].b", "(m.*.a[0]).b"), ("*.a.b", "*.[a.b][]"), ("o[?a].a == o", "(o[?a].a) == o"),
        ("let $x = a in $x || b", "let $x = a in ($x || b)"), ("-n * n", "(-n) * n"), ("n - -n", "n - (-n)"),
    ])
    func `bind as the reference implementation does`(plain: String, explicit: String) throws {
        let given = """
            {"a": null, "b": [1], "c": {"x": 1}, "d": 4, "n": 3, "o": [{"a": 1, "o": [[1], [2]]}, {"a": 2, "o": [[3]]}],
             "m": {"x": {"a": {"b": 1}}, "y": {"a": [{"b": 2}]}}}
            """
        let expected = try result(of: explicit, on: given)
        #expect(try result(of: plain, on: given) == expected)
    }

    @Test(
        arguments: [
            "", " ", ".", "a.", ".a", "a..b", "a[", "a]", "a[b]", "a[0,1]", "a.[", "a.{}", "a.{b}", "a.{b:}",
            "a.{b: c,}", "[,]", "[a,]",
            "(", "(a", "a)", "()", "!", "a ||", "|| a", "a &&", "a |", "| a", "a ==", "a = b", "&a", "[&a]", "a & b",
            "1", "a 1", "a b", "a 'b'",
            "a.'b'", "a.`1`", "a.$b", "a.(b)", "a.@", "f(a b)", "f(a,)", "f(,a)", "f(a", "\"f\"(a)", "@(a)", "(f)(a)",
            "`", "`1", "`x`", "``",
            "`01`", "`123456789012345678901`", "'a", "'a\\'", "\"a", "\"\\u\"", "\"\\ud800\"", "\"a\nb\"", "a ? b",
            "a ? b :", "a ? : b", "a : b", "let",
            "let $a", "let $a = b", "let $a = b in", "let $a b in c", "let $a = b $c = d in e", "let a = b in c",
            "a.let $b = c in d", "a[:::]",
            "a[1:2:3:4]", "a[1 2]", "a[x:]", "a[*", "a[?", "a[?b", "a[?]", "*a", "a*", "a[*]b", "a +", "+", "a // ",
            "a ~ b", "a # b", "\u{0}", "é",
            "a\u{A0}b", "foo[ ?b]", "a{b: c}", "$ $", "a.b c",
        ].filter { $0 != "let" }
    )
    func `are refused as syntax errors when they are none`(text: String) throws {
        let error = try #require(try failure(of: text))
        #expect(error.kind == .syntax)
        #expect(try (0...text.utf8.count).contains(#require(error.offset)))
    }

    @Test func `may use let and in as names`() throws {
        #expect(try result(of: "[let, in, let.in]", on: #"{"let": {"in": 2}, "in": 1}"#) == #"[{"in":2},1,2]"#)
    }

    @Test(arguments: [
        ("a.b..c", JMESPathError.Kind.syntax, 4), ("a.b.c d", .syntax, 6), ("a ||", .syntax, 4), ("é", .syntax, 0),
        ("'é' + ~", .syntax, 7), ("a | foo(b)", .unknownFunction, 4), ("a | length(b, c)", .invalidArity, 4),
        ("a || length(`1`)", .invalidType, 12), ("[a, $b]", .undefinedVariable, 4), ("length(a)", .invalidType, 7),
        ("a.b[::0]", .invalidValue, 3), ("a + b", .notANumber, 2), ("x | pad_left('a', `-1`)", .invalidValue, 4),
        ("a.\"b\\x\"", .syntax, 2), ("a[?b == `x`]", .syntax, 8),
    ])
    func `say where they are wrong`(text: String, kind: JMESPathError.Kind, offset: Int) throws {
        let error = try #require(try failure(of: text, on: #"{"a": true}"#))
        #expect(error.kind == kind)
        #expect(error.offset == offset)
    }

    @Test(arguments: [
        ("lenght(a)", "unknown function 'lenght'; did you mean 'length'?"),
        ("$nam", "unknown variable '$nam'; did you mean '$name'?"),
        ("sort_by(a)", "sort_by() takes 2 arguments, not 1"),
        ("not_null()", "not_null() takes at least 1 argument, not 0"),
        ("split(a)", "split() takes 2 to 3 arguments, not 1"), ("abs('x')", "abs() takes a number here, not a string"),
        ("sum(`[\"x\"]`)", "sum() takes an array of numbers here, not an array"),
        ("a 1", "a number is written in backticks: `1`"),
        ("sort_by(a, b)", "sort_by() takes an expression (&…) here, not any value"),
        ("a = b", "'=' stands only in let; equality is '=='"),
    ])
    func `say how to mend them`(text: String, message: String) throws {
        let error = #expect(throws: JMESPathError.self) { try Expression(text, variables: ["name"]) }
        #expect(error?.message == message)
    }

    @Test func `know the variables and the root that they read`() throws {
        let expression = try Expression(
            "let $x = $request.headers in [$x, $source, $.a]",
            variables: ["request", "source", "received_at"]
        )
        #expect(expression.variables == ["request", "source"])
        #expect(expression.usesRoot)
        #expect(try !Expression("a.b").usesRoot)
    }

    @Test(arguments: [
        ("a.b.c", [["a", "b", "c"]]), ("a || b.c", [["a"], ["b", "c"]]), ("$.a.b", [["$", "a", "b"]]),
        ("a | b.c", [["a", "b", "c"]]),
        ("$request.headers.host", [["$request", "headers", "host"]]), ("list[0].k", [["list", "*", "k"]]),
        ("list[?k == 'x'].v | [0]", [["list", "*", "k"], ["list", "*", "v", "*"]]),
        ("{x: a, y: [b, a]}", [["a"], ["b"]]),
        ("length(a.b)", [["a", "b"]]), ("sort_by(list, &v)", [["list"], ["list", "*", "v"]]),
        ("map.*.v", [["map", "*", "v"]]),
        ("let $x = a in $x.b", [["a", "b"]]), ("`1`", []), ("(a || b).c", [["a"], ["b"]]),
        ("a ? b : c", [["a"], ["b"], ["c"]]),
    ])
    func `list the paths that they may read`(text: String, paths: [[String]]) throws {
        #expect(try Expression(text, variables: ["request"]).paths == paths)
    }
}

@Suite struct `The text of an expression` {
    @Test(arguments: [
        ("$request.method == 'GET'", false), ("$request.a || $source.b", false), ("'x' == `1`", false), ("@", true),
        ("a", true), ("length(@)", true), ("$request.a && b", true), ("$request.a[?b]", false),
        ("let $x = @ in $x", true),
        ("$request.a | b", false), ("map(&a, $request.b)", false), ("map(&a, @)", true), ("$request[*].a", false),
        ("[$request]", false), ("{a: a}", true), ("!a", true), ("a[0]", true), ("*", true), ("[]", true),
    ])
    func `tells whether the current value is read`(text: String, isRead: Bool) throws {
        #expect(try Expression(text, variables: ["request", "source"]).usesCurrent == isRead)
    }

    @Test(arguments: [
        ("$request.method == 'GET'", ["GET"]), ("'GET' == $request.method && a", ["GET"]),
        ("a && (b && $request.method == 'GET')", ["GET"]), ("a || $request.method == 'GET'", []),
        ("!($request.method == 'GET')", []), ("$request.method != 'GET'", []), ("upper($request.method) == 'GET'", []),
        ("$request.method == `1`", []), ("$request.method[0] == 'GET'", []), ("a && $request.method == 'GET' | b", []),
        ("$request | method == 'GET'", []),
    ])
    func `tells which text must stand somewhere`(text: String, texts: [String]) throws {
        let expression = try Expression(text, variables: ["request"])
        let required = texts.map { Expression.RequiredText(path: ["$request", "method"], text: $0) }
        #expect(expression.requiredTexts == required)
    }
}
