internal import Cryptography
internal import Mapping

/// Compares a signature with the keyed hash of its message under any of several keys.
struct HMACCheck: Sendable {
    private let rule: HMACRule
    private let keys: [HMACKey]

    init(_ rule: HMACRule, _ secrets: [[UInt8]]) throws(SourceError) {
        self.rule = rule
        var keys: [HMACKey] = []
        for secret in secrets {
            guard let key = HMACCheck.decode(secret, rule.keyEncoding) else {
                throw SourceError(
                    message: "the secret '\(rule.key)' is not \(rule.keyEncoding.rawValue), as its mapping says"
                )
            }
            keys.append(HMACKey(algorithm: rule.algorithm, key: key))
        }
        self.keys = keys
    }

    private static func decode(_ secret: [UInt8], _ encoding: HMACRule.KeyEncoding) -> [UInt8]? {
        switch encoding {
        case .text: secret
        case .hex: secret.withUnsafeBytes { Hex.decode($0) }
        case .base64: secret.withUnsafeBytes { Base64.decode($0) }
        }
    }

    func failure(of request: DeliveryRequest) -> AuthenticationFailure? {
        let sent = signature(in: request)
        let message = message(of: request)
        var isKnown = false
        // Every key is tried, also when there is nothing to compare: the time must not tell.
        for key in keys {
            let code = key.code(for: message.parts)
            if isEqualInConstantTime(code, sent ?? []) { isKnown = true }
        }
        withExtendedLifetime(message) {}
        guard sent != nil else {
            return AuthenticationFailure(reason: "the header '\(rule.signatureHeader)' has no readable signature")
        }
        guard isKnown else { return AuthenticationFailure(reason: "the signature does not match") }
        return rule.signingTime.flatMap { failure(of: $0, request) }
    }

    /// The signature's bytes, nil when there is none that can be one.
    private func signature(in request: DeliveryRequest) -> [UInt8]? {
        guard let value = request.header(rule.signatureHeader), value.hasPrefix(rule.signaturePrefix) else {
            return nil
        }
        let text = Array(value.utf8.dropFirst(rule.signaturePrefix.utf8.count))
        return text.withUnsafeBytes {
            switch rule.encoding {
            case .hex: Hex.decode($0)
            case .base64: Base64.decode($0)
            }
        }
    }

    private func failure(of time: HMACRule.SigningTime, _ request: DeliveryRequest) -> AuthenticationFailure? {
        guard let text = request.header(time.header).map({ Array($0.utf8) }),
            let signedAt = text.withUnsafeBytes({ HMACCheck.microseconds($0, time.unit) })
        else { return AuthenticationFailure(reason: "the header '\(time.header)' has no readable time") }
        let age = request.receivedAt.subtractingReportingOverflow(signedAt)
        guard !age.overflow, age.partialValue.magnitude <= time.tolerance.magnitude else {
            return AuthenticationFailure(
                reason:
                    "the request was signed more than \(time.tolerance / 1_000_000) s away from now; check both clocks"
            )
        }
        return nil
    }

    private static func microseconds(_ text: UnsafeRawBufferPointer, _ unit: HMACRule.SigningTime.Unit) -> Int64? {
        let unit: VendorTime.Unit =
            switch unit {
            case .seconds: .seconds
            case .milliseconds: .milliseconds
            case .rfc3339: .seconds
            }
        guard let time = VendorTime(text: text, unit: unit) else { return nil }
        return time.seconds * 1_000_000 + Int64(time.nanoseconds / 1000)
    }

    // MARK: - The message

    /// The signed bytes in parts; those that are not the body's are held here.
    private struct Message {
        var parts: [UnsafeRawBufferPointer] = []
        var held: [HeldBytes] = []

        mutating func append(_ bytes: some Collection<UInt8>) {
            let copy = HeldBytes(bytes)
            held.append(copy)
            parts.append(copy.buffer)
        }
    }

    private final class HeldBytes {
        let buffer: UnsafeRawBufferPointer

        init(_ bytes: some Collection<UInt8>) {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
            memory.copyBytes(from: bytes)
            buffer = UnsafeRawBufferPointer(rebasing: memory[..<bytes.count])
        }

        deinit { buffer.deallocate() }
    }

    private func message(of request: DeliveryRequest) -> Message {
        var message = Message()
        for part in rule.message {
            switch part {
            case .literal(let bytes): message.append(bytes)
            case .body: message.parts.append(request.body)
            case .method: message.append(request.method.utf8)
            case .url: message.append(request.publicURL.utf8)
            case .header(let name): message.append((request.header(name) ?? "").utf8)
            case .query(let name): message.append(request.queryValue(name) ?? [])
            }
        }
        return message
    }
}
