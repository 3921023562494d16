package import Settings

extension Gateway {
    /// The secrets that vendors have sent to a source, by name, for commands beside a running gateway.
    ///
    /// - Throws: the file is there and cannot be read.
    package static func keptSecrets(
        of source: String,
        _ settings: GatewaySettings
    ) throws(KeptSecretsUnreadable) -> [String: [UInt8]] {
        do throws(KeptSecretError) {
            return try KeptSecrets(directory: settings.store.dataDirectory).values(of: source)
        } catch {
            throw KeptSecretsUnreadable(message: error.message)
        }
    }
}

/// Why kept secrets are not known.
package struct KeptSecretsUnreadable: Error {
    /// What happened and how to mend it; never holds a secret.
    package let message: String
}
