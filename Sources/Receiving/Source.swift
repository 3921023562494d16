internal import Cryptography
package import JSON
package import Mapping

/// A vendor's endpoint as it is configured: which mapping, which secrets, whose log.
///
/// Immutable; all threads share it.
package struct Source: Sendable {
    package let name: String
    package let mapping: BoundMapping
    package let limits: DeliveryLimits
    let authenticator: Authenticator
    /// What of bodies is covered; nil when no secret stands in them.
    let bodySecrets: BodySecrets?
    /// Headers in lower case out of which handshakes keep secrets.
    let keptHeaders: [String]
    /// The keys of handshakes' codes, in the order of the rules; nil for a rule without.
    let handshakeKeys: [HMACKey?]
    /// `$source` of expressions: the name and the constants.
    let variable: JSONValue
    /// Whom the ids of events belong to.
    let scope: [UInt8]

    /// - Parameters:
    ///   - name: the operator's name for it.
    ///   - mapping: bound to the schema of the source's log.
    ///   - secrets: by name, each with the values that are valid now, more than one while they are changed.
    ///   - constants: an object that expressions read as `$source.constants`.
    ///   - scope: ids of events are unique within it: the log and the source.
    ///   - limits: how much one delivery may hold.
    ///   - keys: what is known of keys that vendors publish.
    /// - Throws: a secret that the mapping needs is missing, empty, or not of the encoding that the mapping says.
    package init(
        name: String,
        mapping: BoundMapping,
        secrets: [String: [[UInt8]]] = [:],
        constants: JSONValue = .object([]),
        scope: [UInt8],
        limits: DeliveryLimits = DeliveryLimits(),
        keys: KeyStore = KeyStore()
    ) throws(SourceError) {
        self.name = name
        self.mapping = mapping
        self.limits = limits
        self.scope = scope
        let file = mapping.mapping
        var secrets = secrets
        // Until the vendor has sent it nobody knows the secret: 64 digits are text, hex and base 64.
        for name in file.keptSecretNames where secrets[name]?.isEmpty != false {
            secrets[name] = [Array(Hex.encode(SecureRandom.bytes(32)).utf8)]
        }
        authenticator = try Authenticator(
            file.authentication,
            secrets: secrets,
            constants: constants.owned(),
            keys: keys
        )
        bodySecrets = BodySecrets(file, secrets)
        keptHeaders = file.handshakes.compactMap { $0.keeping?.header }
        handshakeKeys = try Source.keys(of: file.handshakes, secrets)
        variable = Source.variable(name, constants)
    }

    /// A source that believes nobody, to try a mapping with: it needs no secrets and no constants.
    package init(trying mapping: BoundMapping, name: String) {
        self.name = name
        self.mapping = mapping
        limits = DeliveryLimits()
        scope = []
        authenticator = Authenticator(refusing: mapping.mapping.authentication)
        bodySecrets = BodySecrets(mapping.mapping, [:])
        keptHeaders = mapping.mapping.handshakes.compactMap { $0.keeping?.header }
        handshakeKeys = mapping.mapping.handshakes.map { _ in nil }
        variable = Source.variable(name, .object([]))
    }

    /// A source whose requests somebody else has authenticated: it needs no secrets and keeps none.
    ///
    /// - Parameters:
    ///   - mapping: bound to the schema of the log.
    ///   - name: what expressions read as `$source.name`.
    ///   - scope: ids of events are unique within it.
    ///   - limits: how much one delivery may hold.
    package init(believing mapping: BoundMapping, name: String, scope: [UInt8], limits: DeliveryLimits) {
        self.name = name
        self.mapping = mapping
        self.limits = limits
        self.scope = scope
        authenticator = Authenticator(refusing: mapping.mapping.authentication)
        bodySecrets = BodySecrets(mapping.mapping, [:])
        keptHeaders = mapping.mapping.handshakes.compactMap { $0.keeping?.header }
        handshakeKeys = mapping.mapping.handshakes.map { _ in nil }
        variable = Source.variable(name, .object([]))
    }

    private static func variable(_ name: String, _ constants: JSONValue) -> JSONValue {
        .object([JSONMember("name", .string(name)), JSONMember("constants", constants.owned())])
    }
}

extension Source {
    /// Of several values while a secret is changed the first answers: the vendor accepts one answer only.
    private static func keys(
        of rules: [HandshakeRule],
        _ secrets: [String: [[UInt8]]]
    ) throws(SourceError) -> [HMACKey?] {
        var keys: [HMACKey?] = []
        for rule in rules {
            guard let code = rule.code else {
                keys.append(nil)
                continue
            }
            guard let secret = secrets[code.key]?.first, !secret.isEmpty else {
                throw SourceError(
                    message: "the mapping needs a secret named '\(code.key)'; add it to the source's 'secrets'"
                )
            }
            keys.append(HMACKey(algorithm: code.algorithm, key: secret))
        }
        return keys
    }
}

/// How much one delivery may hold.
package struct DeliveryLimits: Sendable {
    /// Of the inflated body.
    package var maximumBodyBytes = 64 << 20
    package var maximumRecords = 10_000
    /// Of the events together, as they are stored.
    package var maximumEventBytes = 1 << 30
    /// Steps that the mapping of one record may take.
    package var mappingSteps = 100_000
    /// Bytes that the mapping of one record may build.
    package var mappingOutputBytes = 4 << 20

    package init() {}

    /// Steps that cutting a delivery into its records may take.
    ///
    /// Looking into each element for an envelope takes about 16 steps an element.
    var framingSteps: Int { max(mappingSteps, Self.saturating(maximumRecords, times: 50)) }

    /// Bytes that cutting a delivery into its records may build: an array of them, with what they hold.
    ///
    /// What is expanded may be as long as a body. It counts three times: as text, as the values that it stands for, and
    /// as the length of the records.
    func framingOutputBytes(bodyByteCount: Int, inflates: Bool) -> Int {
        let most = max(mappingOutputBytes, Self.saturating(maximumRecords, times: 64))
        let text = inflates ? Self.saturating(maximumBodyBytes, times: 3) : bodyByteCount
        return most.addingReportingOverflow(text).overflow ? .max : most + text
    }

    private static func saturating(_ number: Int, times factor: Int) -> Int {
        let product = number.multipliedReportingOverflow(by: factor)
        return product.overflow ? .max : product.partialValue
    }
}

/// Why a source cannot be used as it is configured.
package struct SourceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong and how to mend it; never the secret.
    package let message: String
    /// Whether something is not there at all, and not merely wrong.
    package let isMissing: Bool

    package init(message: String, isMissing: Bool = false) {
        self.message = message
        self.isMissing = isMissing
    }

    package var description: String { message }
}
