/// Auth0 records and API events that the tests send.
enum Records {
    /// One item of an Auth0 log stream; its user becomes the event's actor.
    static func auth0(id: String, user: String = "maria@example.com", type: String = "s") -> String {
        #"{"log_id":"\#(id)","data":\#(auth0Bare(id: id, user: user, type: type))}"#
    }

    /// An Auth0 log event by itself.
    static func auth0Bare(id: String, user: String = "maria@example.com", type: String = "s") -> String {
        #"{"log_id":"\#(id)","date":"2026-11-23T12:00:00.000Z","type":"\#(type)","user_name":"\#(user)","#
            + #""user_id":"auth0|\#(id)","ip":"203.0.113.7","connection":"Users","client_name":"Shop"}"#
    }

    static func array(_ records: [String]) -> String { "[\(records.joined(separator: ","))]" }

    /// An event of the API whose actor tells it from all others.
    static func event(_ actor: String, _ members: String = "") -> String {
        #"{"message":"made by a test","actor":"\#(actor)"\#(members.isEmpty ? "" : "," + members)}"#
    }

    /// A JSON object's text with more members.
    static func adding(_ members: String, to object: String) -> String { "\(object.dropLast()),\(members)}" }

    static func single(_ actor: String, _ members: String = "") -> String { #"{"event":\#(event(actor, members))}"# }

    static func bulk(_ actors: [String], _ members: String = "") -> String {
        let events = actors.map { #"{"event":\#(event($0))}"# }.joined(separator: ",")
        return #"{"events":[\#(events)]\#(members.isEmpty ? "" : "," + members)}"#
    }
}
