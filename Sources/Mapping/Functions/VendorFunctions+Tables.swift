internal import JMESPath
internal import JSON

extension VendorFunctions {
    /// `lookup('table', key)` and `lookup('table', key, default)`: what a table of the mapping says about a text.
    ///
    /// Numbers and booleans are looked up as they are written; no other value is a key. Without a default, null for what
    /// the table lacks.
    static func lookup(in tables: [String: LookupTable]) -> Function {
        Function(name: "lookup", parameters: [.string, .any, .any], optional: 1) {
            (literals: [JSONValue?]) throws(JMESPathError) -> Function.Body in
            guard let name = literals[0]?.stringValue else {
                throw JMESPathError(.invalidValue, "the table of lookup() is a text in quotes: lookup('table', key)")
            }
            guard let table = tables[name] else {
                let cure = nearest(name, among: tables.keys.sorted()).map { "; did you mean '\($0)'?" }
                throw JMESPathError(
                    .invalidValue,
                    "there is no table '\(name)'\(cure ?? "; it belongs into 'tables' of this file")"
                )
            }
            return { (_: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
                let key = arguments[1]
                let isKey = !key.isNull && !key.isArray && !key.isObject
                if isKey, let value = key.withPlainText({ table.value(for: $0) }) { return value }
                return arguments.optional(2) ?? .null
            }
        }
    }
}
