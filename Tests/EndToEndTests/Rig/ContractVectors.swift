import Foundation

/// The audit API contract's own vectors, when they lie beside the checkout; the tests stand without them.
enum ContractVectors {
    /// A file of vectors, or nil (said on the console) when it is not there.
    static func load(_ name: String) -> JSON? {
        let folder = URL(fileURLWithPath: Executable.packageFolder).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("shared/contract/vectors")
        guard let bytes = try? Data(contentsOf: folder.appendingPathComponent(name)) else {
            print("skipped: the contract's \(name) is not beside the checkout")
            return nil
        }
        return JSON(parsing: [UInt8](bytes))
    }
}

extension JSON {
    /// The value as JSON text.
    var text: String {
        guard let value, let data = try? JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed)
        else {
            return ""
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// What kinds of values it is made of, without the members of some names: `{actor:text,count:number}`.
    ///
    /// An array has the shape of its first element.
    func shape(without names: Set<String> = []) -> String {
        switch value {
        case let object as [String: Any]:
            let members = object.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
            return "{\(members.map { "\($0.key):\(JSON($0.value).shape(without: names))" }.joined(separator: ","))}"
        case let array as [Any]: return "[\(array.first.map { JSON($0).shape(without: names) } ?? "")]"
        case is String: return "text"
        case let number as NSNumber:
            return String(cString: number.objCType) == "c" ? "flag" : "number"
        case is NSNull: return "null"
        default: return "nothing"
        }
    }
}

extension GatewayProcess {
    /// The API's name of a log.
    func configurationID(_ log: String = "default") throws -> String {
        let logs = try get("/admin/logs", [("Authorization", "Bearer \(Secrets.admin)")]).json["logs"]
        return logs.elements.first { $0["name"].string == log }?["config_id"].string ?? ""
    }

    /// How many events a log holds.
    func size(of log: String = "default") throws -> Int? {
        let logs = try get("/admin/logs", [("Authorization", "Bearer \(Secrets.admin)")]).json["logs"]
        return logs.elements.first { $0["name"].string == log }?["size"].int
    }
}
