internal import JSON

/// When a request was signed, so that it cannot be sent again much later.
///
///     { "header": "x-time", "unit": "s", "tolerance": "5m" }
package struct SigningTime: Sendable {
    package enum Place: Sendable {
        /// A header's name in lower case.
        case header(String)
        /// An item of the header in which the signature stands.
        case item([UInt8])
        /// A value of the decoded body.
        case field(PlacedExpression)
    }

    package enum Unit: String, Sendable, CaseIterable {
        case seconds = "s"
        case milliseconds = "ms"
        case rfc3339
    }

    package let place: Place
    package let unit: Unit
    /// How far the time may be from ours, in either direction, in microseconds.
    package let tolerance: Int64
}

extension MappingReader {
    func signingTime(
        _ json: LocatedJSON,
        _ message: SignedMessage,
        _ grammar: SignaturePlace.Grammar?
    ) -> SigningTime? {
        let places = ["header", "item", "field"]
        let keys = places + ["unit", "tolerance"]
        guard let members = object(json, "'timestamp'", keys: keys, required: ["tolerance"]),
            let tolerance = duration(members["tolerance"], "'tolerance'")
        else { return nil }
        guard places.filter({ members[$0] != nil }).count == 1 else {
            problem(json, "'timestamp' says where the time stands with one of \(list(places))")
            return nil
        }
        let place: SigningTime.Place
        let isCovered: Bool
        if let header = headerName(members["header"]) {
            place = .header(header)
            isCovered = message.covers(header: header)
        } else if let item = members["item"].flatMap({ item($0, grammar) }) {
            place = .item(item)
            isCovered = message.covers(item: item)
        } else if let field = bodyExpression(members["field"], "'field'") {
            place = .field(field)
            isCovered = message.covers(field: field)
        } else {
            return nil
        }
        if !isCovered {
            warn(json, "the signature does not cover \(place.description), so anyone can change the time")
        }
        let unit = choice(members["unit"], "'unit'", SigningTime.Unit.self) ?? .seconds
        return SigningTime(place: place, unit: unit, tolerance: tolerance)
    }
}

extension SigningTime.Place {
    /// For people, such as `the header 'x-time'`.
    package var description: String {
        switch self {
        case .header(let name): "the header '\(name)'"
        case .item(let name): "the item '\(String(decoding: name, as: UTF8.self))'"
        case .field(let expression): "the field '\(expression.text)'"
        }
    }
}
