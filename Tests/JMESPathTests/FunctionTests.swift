import JMESPath
import JSON
import Testing

private let record = """
    {"n": -3.5, "i": -7,
     "big": 9007199254740993, "max": 18446744073709551615, "min": -9223372036854775808, "t": "Stück 𝄞",
     "nums": [3, 1.5, 2],
     "ints": [9007199254740993, 1, -4], "words": ["b", "a", "é", "z", "𝄞"],
     "mixed": [1, "a"], "none": [], "void": {},
     "o": {"b": 2, "a": 1},
     "dup": {"a": 1, "b": 2, "a": 3}, "list": [{"k": "x", "v": 2}, {"k": "y", "v": 1}, {"k": "x", "v": 0}, {"v": 9}],
     "pairs": [["a", 1], ["b", 2], ["a", 3]],
     "huge": [9223372036854775807, 9223372036854775807, 9223372036854775807], "nul": [null, 1]}
    """

@Suite struct `Functions` {
    @Test(arguments: [
        Example("abs(n)", "3.5"), Example("abs(i)", "7"), Example("abs(min)", "9223372036854775808"),
        Example("abs(max)", "18446744073709551615"),
        Example("ceil(n)", "-3"), Example("ceil(`1.2`)", "2"), Example("ceil(big)", "9007199254740993"),
        Example("floor(n)", "-4"),
        Example("floor(`1e300`)", "1e+300"), Example("sum(nums)", "6.5"), Example("sum(ints)", "9007199254740990"),
        Example("sum(none)", "0"),
        Example("sum(huge)", "!invalid-value"), Example("avg(nums)", "2.1666666666666665"),
        Example("avg(`[1, 3]`)", "2"), Example("avg(`[1, 2]`)", "1.5"),
        Example("avg(huge)", "9223372036854775807"), Example("avg(none)", "null"),
        Example("avg(mixed)", "!invalid-type"), Example("sum(t)", "!invalid-type"),
        Example("abs(t)", "!invalid-type"), Example("floor(missing)", "!invalid-type"),
        Example("ceil()", "!invalid-arity"),
    ])
    func `on numbers keep them exact`(example: Example) throws { try check(example) }

    @Test(arguments: [
        Example("to_number('12')", "12"), Example("to_number('-1.5e2')", "-150"),
        Example("to_number('18446744073709551615')", "18446744073709551615"),
        Example("to_number('18446744073709551616')", "null"), Example("to_number('1e999')", "null"),
        Example("to_number('01')", "null"),
        Example("to_number('1.')", "null"), Example("to_number('.5')", "null"), Example("to_number(' 1')", "null"),
        Example("to_number('')", "null"),
        Example("to_number('-')", "null"), Example("to_number('0x10')", "null"), Example("to_number('nan')", "null"),
        Example("to_number(n)", "-3.5"),
        Example("to_number(o)", "null"), Example("to_number(missing)", "null"), Example("to_number('-0')", "0"),
        Example("to_string(t)", #""Stück 𝄞""#), Example("to_string(big)", #""9007199254740993""#),
        Example("to_string(`1.0`)", #""1""#),
        Example("to_string(o)", #""{\"a\":1,\"b\":2}""#), Example("to_string(missing)", #""null""#),
        Example("to_string(mixed)", #""[1,\"a\"]""#),
        Example("to_array(i)", "[-7]"), Example("to_array(nums)", "[3,1.5,2]"), Example("to_array(missing)", "[null]"),
        Example("type(t)", #""string""#), Example("type(i)", #""number""#), Example("type(o)", #""object""#),
        Example("type(nums)", #""array""#),
        Example("type(missing)", #""null""#), Example("type(`true`)", #""boolean""#),
        Example("not_null(missing, i, t)", "-7"),
        Example("not_null(missing)", "null"), Example("not_null(&i)", "!invalid-type"),
    ])
    func `convert`(example: Example) throws { try check(example) }

    @Test(arguments: [
        Example("length(t)", "7"), Example("length(nums)", "3"), Example("length(o)", "2"), Example("length(dup)", "2"),
        Example("length(i)", "!invalid-type"),
        Example("reverse(t)", #""𝄞 kcütS""#), Example("reverse('')", #""""#), Example("reverse(nums)", "[2,1.5,3]"),
        Example("reverse(o)", "!invalid-type"),
        Example("contains(t, 'ück')", "true"), Example("contains(t, '')", "true"), Example("contains(t, `1`)", "false"),
        Example("contains(nums, `2.0`)", "true"),
        Example("contains(nums, '2')", "false"), Example("contains(pairs, `[\"b\", 2]`)", "true"),
        Example("contains(o, 'a')", "!invalid-type"),
        Example("contains('0123456789012345678901234567890123456789', '789012345678901234567890123456789')", "true"),
        Example("map(&v, list)", "[2,1,0,9]"), Example("map(&k, list)", #"["x","y","x",null]"#),
        Example("map(v, list)", "!invalid-type"),
        Example("map(&@, o)", "!invalid-type"), Example("zip(nums, words)", #"[[3,"b"],[1.5,"a"],[2,"é"]]"#),
        Example("zip(none, nums)", "[]"),
        Example("zip()", "!invalid-arity"), Example("zip(nums, t)", "!invalid-type"),
        Example("join('-', words)", #""b-a-é-z-𝄞""#),
        Example("join(', ', none)", #""""#), Example("join(',', mixed)", "!invalid-type"),
        Example("join(`1`, words)", "!invalid-type"),
        Example("sort(words)", #"["a","b","z","é","𝄞"]"#), Example("sort(nums)", "[1.5,2,3]"),
        Example("sort(ints)", "[-4,1,9007199254740993]"),
        Example("sort(mixed)", "!invalid-type"), Example("sort(none)", "[]"), Example("sort(nul)", "!invalid-type"),
        Example("sort_by(list, &v)[*].v", "[0,1,2,9]"), Example("sort_by(list[:3], &k)[*].v", "[2,0,1]"),
        Example("sort_by(list, &k)", "!invalid-type"),
        Example("sort_by(none, &k)", "[]"), Example("max(nums)", "3"), Example("max(words)", #""𝄞""#),
        Example("max(none)", "null"),
        Example("max(mixed)", "!invalid-type"), Example("min(nums)", "1.5"), Example("min(words)", #""a""#),
        Example("min(ints)", "-4"),
        Example("max_by(list, &v).v", "9"), Example("max_by(list[:3], &k).v", "1"),
        Example("min_by(list[:3], &k).v", "2"),
        Example("min_by(none, &k)", "null"), Example("max_by(list, &k)", "!invalid-type"),
        Example("min_by(list, &@)", "!invalid-type"),
    ])
    func `on arrays and texts count code points`(example: Example) throws { try check(example) }

    @Test(arguments: [
        Example("keys(o)", #"["b","a"]"#), Example("keys(dup)", #"["a","b"]"#), Example("keys(nums)", "!invalid-type"),
        Example("values(o)", "[2,1]"),
        Example("values(dup)", "[1,2]"), Example("dup.*", "[1,2]"), Example("items(o)", #"[["b",2],["a",1]]"#),
        Example("items(void)", "[]"),
        Example("from_items(pairs)", #"{"a":3,"b":2}"#), Example("from_items(items(o)) == o", "true"),
        Example("from_items(none)", "{}"),
        Example("from_items(nums)", "!invalid-type"), Example("from_items(`[[1, 2]]`)", "!invalid-type"),
        Example("from_items(`[[\"a\"]]`)", "!invalid-value"),
        Example("merge(o, `{\"a\": 9, \"c\": 3}`)", #"{"a":9,"b":2,"c":3}"#),
        Example("merge(o, nums)", "!invalid-type"), Example("merge(dup)", #"{"a":1,"b":2}"#),
        Example("group_by(list, &k)", #"{"x":[{"k":"x","v":2},{"k":"x","v":0}],"y":[{"k":"y","v":1}]}"#),
        Example("group_by(list, &v)", "!invalid-type"), Example("group_by(none, &k)", "{}"),
        Example("group_by(o, &k)", "!invalid-type"),
        Example("dup == `{\"b\": 2, \"a\": 1}`", "true"),
    ])
    func `on objects take the first of duplicate members`(example: Example) throws { try check(example) }

    @Test(arguments: [
        Example("starts_with(t, 'Stü')", "true"), Example("starts_with('a', 'ab')", "false"),
        Example("ends_with(t, '𝄞')", "true"),
        Example("ends_with('b', 'ab')", "false"), Example("starts_with(t, i)", "!invalid-type"),
        Example("ends_with(missing, 'a')", "!invalid-type"),
        Example("find_first(t, 'ü')", "2"), Example("find_first(t, '𝄞')", "6"), Example("find_first(t, 'x')", "null"),
        Example("find_first(t, '')", "null"),
        Example("find_first('abab', 'b', `2`)", "3"), Example("find_first('abab', 'b', `-3`)", "1"),
        Example("find_first('abab', 'ab', `1`, `3`)", "null"),
        Example("find_last('abab', 'ab')", "2"), Example("find_last('üaüa', 'a', `0`, `3`)", "1"),
        Example("find_last('a', 'ab')", "null"),
        Example(
            "let $x = '0123456789012345678901234567890123456789' in find_last(join('.', [$x, $x]), $x[:35])",
            "41"
        ),
        Example("find_first('a', 'a', `0.5`)", "!invalid-value"), Example("find_first('a', 'a', `0.0`)", "0"),
        Example("find_first('ab', 'b', `2`, `1`)", "null"),
        Example("find_first('a', 'a', `1e300`)", "null"), Example("find_first('a', 'a', max)", "null"),
        Example("lower('ÄB𝄞c')", #""äb𝄞c""#), Example("upper('straße')", #""STRASSE""#),
        Example("lower('ABC')", #""abc""#), Example("upper(i)", "!invalid-type"),
        Example("pad_left('ü', `3`)", #""  ü""#), Example("pad_right('ü', `3`, '𝄞')", #""ü𝄞𝄞""#),
        Example("pad_left('abc', `2`)", #""abc""#),
        Example("pad_left('a', `-1`)", "!invalid-value"), Example("pad_right('a', `2`, '')", "!invalid-value"),
        Example("pad_right('a', `1e18`)", "!budget"),
        Example("pad_left('a', `9223372036854775807`, 'x')", "!budget"),
        Example("replace('aXbX', 'X', '--')", #""a--b--""#), Example("replace('aXbX', 'X', '', `1`)", #""abX""#),
        Example("replace('aü', '', '-')", #""-a-ü-""#),
        Example("replace('aü', '', '-', `2`)", #""-a-ü""#), Example("replace('', '', '-')", #""-""#),
        Example("replace('aa', 'a', 'aa')", #""aaaa""#),
        Example("replace('a', 'a', 'b', `-1`)", "!invalid-value"),
        Example("replace('a', 'a', 'b', `0.5`)", "!invalid-value"),
        Example("split('a,b,,c', ',')", #"["a","b","","c"]"#), Example("split('a,b,c', ',', `1`)", #"["a","b,c"]"#),
        Example("split('', ',')", #"[""]"#),
        Example("split('aü𝄞', '')", #"["a","ü","𝄞"]"#), Example("split('abc', '', `3`)", #"["a","b","c"]"#),
        Example("split('abc', '', `0`)", #"["abc"]"#),
        Example("split('', '')", "[]"), Example("split('a', ',', `-1`)", "!invalid-value"),
        Example("split(nums, ',')", "!invalid-type"),
        Example("trim('  a b\\t ')", #""a b\\t""#), Example("trim('\u{A0}\u{2003}x\u{3000}')", #""x""#),
        Example("trim('')", #""""#), Example("trim('   ')", #""""#),
        Example("trim('üaü', 'ü')", #""a""#), Example("trim('xyaxy', 'yx')", #""a""#),
        Example("trim_left(' a ')", #""a ""#), Example("trim_right(' a ')", #"" a""#),
        Example("trim_left('e\u{301}x', 'e')", "\"\u{301}x\""), Example("trim_right('abb', 'b')", #""a""#),
        Example("trim(i)", "!invalid-type"),
    ])
    func `on texts follow the community's extension`(example: Example) throws { try check(example) }

    @Test func `are all tried here or by the operators' tests`() {
        let names: Set = [
            "abs", "avg", "ceil", "contains", "ends_with", "find_first", "find_last", "floor", "from_items", "group_by",
            "items", "join", "keys", "length",
            "lower", "map", "max", "max_by", "merge", "min", "min_by", "not_null", "pad_left", "pad_right", "replace",
            "reverse", "sort", "sort_by",
            "split", "starts_with", "sum", "to_array", "to_number", "to_string", "trim", "trim_left", "trim_right",
            "type", "upper", "values", "zip",
        ]
        #expect(Set(Function.standard.map(\.name)) == names)
    }

    private func check(_ example: Example) throws {
        #expect(try result(of: example.expression, on: record) == example.expected)
    }
}
