internal import Cryptography
internal import JSON

/// A first configuration file with secrets of its own, for `init`.
///
/// It has one log, a token for an administrator and one for an application, and two sources: Auth0 and one for anything.
package struct InitialConfiguration: Sendable {
    /// The file's text.
    package let text: String
    /// The secret of the token `admin`.
    package let adminToken: String
    /// The secret of the token `app`, which writes and reads.
    package let appToken: String
    /// What Auth0 sends in its `Authorization` header, `Bearer` included.
    package let auth0Authorization: String
    /// What the sender of the source `generic` has to send.
    package let genericSecret: String

    fileprivate init(host: String, port: Int, storePath: String, mappings: String) {
        adminToken = SecureRandom.token(prefix: "agt_", characters: 32)
        appToken = SecureRandom.token(prefix: "agt_", characters: 32)
        auth0Authorization = "Bearer " + SecureRandom.token(prefix: "", characters: 32)
        genericSecret = SecureRandom.token(prefix: "", characters: 32)
        text = """
            {
                "listen": { "host": \(Self.quoted(host)), "port": \(port) },
                "store": { "url": \(Self.quoted("sqlite:" + storePath)) },
                "mappings": \(Self.quoted(mappings)),
                "logs": [
                    { "name": "default", "schema": "standard", "publish": { "interval": "1h" } }
                ],
                "tokens": [
                    { "name": "admin", "secret": { "value": "\(adminToken)" }, "scopes": ["admin"] },
                    { "name": "app", "secret": { "value": "\(appToken)" }, "logs": ["default"], "scopes": ["write", "read"] }
                ],
                "sources": [
                    {
                        "name": "auth0",
                        "mapping": "auth0",
                        "log": "default",
                        "secrets": { "secret": { "value": "\(auth0Authorization)" } }
                    },
                    {
                        "name": "generic",
                        "mapping": "generic",
                        "log": "default",
                        "secrets": { "secret": { "value": "\(genericSecret)" } }
                    }
                ]
            }

            """
    }

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.append(string: text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Writes the file for its owner alone (mode 0600), whole or not at all, and never over another.
    ///
    /// Throws ``SettingsError`` when something is there already or the folder cannot be written to.
    package func write(to path: String) throws(SettingsError) {
        do throws(DurableFile.Obstacle) {
            try DurableFile.create(path, Array(text.utf8))
        } catch {
            switch error {
            case .exists:
                throw Self.error(path, "is there already and stays as it is; name another file or remove this one")
            case .system(let message): throw Self.error(path, "cannot be written: \(message)")
            }
        }
    }

    private static func error(_ path: String, _ message: String) -> SettingsError {
        SettingsError(problems: [SettingsProblem(place: .file(path, nil), message: "the file " + message)])
    }
}

extension GatewaySettings {
    /// The text of a new configuration; every call makes new secrets.
    package static func initialConfiguration(
        host: String = "127.0.0.1",
        port: Int = 8080,
        storePath: String = "data/audit.db",
        mappings: String = "Mappings"
    ) -> InitialConfiguration {
        InitialConfiguration(host: host, port: port, storePath: storePath, mappings: mappings)
    }
}
