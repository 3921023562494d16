internal import Glibc
internal import JSON

/// The configuration file of a gateway that is measured: one source, one log, one sink, everything else by default.
struct GatewayConfiguration {
    static let authorization = "Bearer bench-token-bench-token"
    static let storePath = "data/audit.db"

    let port: UInt16
    let sinkPort: UInt16
    /// An absolute path.
    let mappings: String

    var json: JSONValue {
        .object([
            JSONMember(
                "listen",
                .object([JSONMember("host", .string("127.0.0.1")), JSONMember("port", .integer(Int64(port)))])
            ),
            JSONMember("store", .object([JSONMember("url", .string("sqlite:\(Self.storePath)"))])),
            JSONMember("mappings", .string(mappings)),
            JSONMember(
                "logs",
                .array([
                    .object([JSONMember("name", .string("default")), JSONMember("schema", .string("standard"))])
                ])
            ),
            JSONMember(
                "sources",
                .array([
                    .object([
                        JSONMember("name", .string("auth0")), JSONMember("mapping", .string("auth0")),
                        JSONMember("log", .string("default")),
                        JSONMember("secrets", .object([JSONMember("secret", Self.secret(Self.authorization))])),
                    ])
                ])
            ),
            JSONMember(
                "sinks",
                .array([
                    .object([
                        JSONMember("name", .string("bench")), JSONMember("type", .string("audit")),
                        JSONMember("url", .string("http://127.0.0.1:\(sinkPort)")),
                        JSONMember("endpoint", .string("/v2/log")),
                        JSONMember("token", Self.secret("bench-sink-bench-sink")),
                        JSONMember("log", .string("default")),
                    ])
                ])
            ),
        ])
    }

    private static func secret(_ text: String) -> JSONValue { .object([JSONMember("value", .string(text))]) }

    /// Writes the file, and makes the folder of the store beside it.
    func write(to folder: String) throws(BenchError) {
        var writer = JSONWriter()
        writer.append(canonical: json)
        let path = "\(folder)/audit-gateway.json"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("write '\(path)'", number: errno) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, writer.bytes, writer.bytes.count) == writer.bytes.count else {
            throw .system("write '\(path)'", number: errno)
        }
    }
}
