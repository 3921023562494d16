import JMESPath
import JSON

/// JSON text as a value that owns itself.
func json(_ text: String) throws -> JSONValue {
    let document = JSONDocument()
    try document.parse(Array(text.utf8))
    return document.root.owned()
}

/// A value's canonical text, in which equal values are equal.
func text(of value: JSONValue) -> String {
    var writer = JSONWriter()
    writer.append(canonical: value)
    return String(decoding: writer.bytes, as: UTF8.self)
}

/// What an expression gives on JSON text, as canonical text; an error as `!kind`.
func result(of expression: String, on given: String, functions: [Function] = []) throws -> String {
    let document = JSONDocument()
    try document.parse(Array(given.utf8))
    do throws(JMESPathError) {
        let inPlace = text(of: try Expression(expression, functions: functions).evaluate(document.root))
        let owned = text(of: try Expression(expression, functions: functions).evaluate(document.root.owned()))
        // Both representations of a value must behave the same.
        return inPlace == owned ? inPlace : "in place \(inPlace), owned \(owned)"
    } catch {
        return "!" + error.kind.rawValue
    }
}

/// The error that an expression gives, compiled or evaluated on JSON text.
func failure(of expression: String, on given: String = "null", functions: [Function] = []) throws -> JMESPathError? {
    let value = try json(given)
    do throws(JMESPathError) {
        _ = try Expression(expression, functions: functions).evaluate(value)
        return nil
    } catch {
        return error
    }
}
