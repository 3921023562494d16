import Foundation

/// A JSON value for looking into answers: what is not there is nil all the way down.
struct JSON {
    let value: Any?

    init(_ value: Any?) { self.value = value }

    init(parsing bytes: [UInt8]) {
        value = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    init(parsing text: String) { self.init(parsing: Array(text.utf8)) }

    subscript(name: String) -> JSON { JSON((value as? [String: Any])?[name]) }

    subscript(index: Int) -> JSON {
        guard let array = value as? [Any], array.indices.contains(index) else { return JSON(nil) }
        return JSON(array[index])
    }

    var string: String? { value as? String }
    var int: Int? { (value as? NSNumber)?.intValue }
    var bool: Bool? { (value as? NSNumber)?.boolValue }
    var elements: [JSON] { (value as? [Any])?.map { JSON($0) } ?? [] }
    var isObject: Bool { value is [String: Any] }
    var isNull: Bool { value is NSNull }
    /// Names of the members in order.
    var keys: [String] { (value as? [String: Any])?.keys.sorted() ?? [] }

    /// Text as a JSON string, quotes included.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20:
                quoted += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
