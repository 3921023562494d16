import COpenSSL

/// An X.509 certificate (RFC 5280) as far as a vendor's signing key needs it: the key, and when it counts.
///
/// Who issued it is not checked: it is believed for where it was got from.
package struct Certificate: Sendable {
    package let publicKey: PublicKey
    /// In seconds since 1970, both ends included.
    package let validity: ClosedRange<Int64>

    /// A certificate from its PEM text (RFC 7468, section 5); of several the first.
    ///
    ///     -----BEGIN CERTIFICATE-----
    package init(pem: String) throws(CryptographyError) {
        try self.init(der: PEM.decode(pem, label: "CERTIFICATE"))
    }

    package init(der: [UInt8]) throws(CryptographyError) {
        let parts = der.withUnsafeBufferPointer { bytes -> (key: [UInt8], start: Int64, end: Int64)? in
            var next = bytes.baseAddress
            guard let certificate = d2i_X509(nil, &next, bytes.count) else { return nil }
            defer { X509_free(certificate) }
            guard let start = bytes.baseAddress, next == start + bytes.count,
                let key = Certificate.key(of: certificate),
                let begin = Certificate.seconds(X509_get0_notBefore(certificate)),
                let end = Certificate.seconds(X509_get0_notAfter(certificate)), begin <= end
            else { return nil }
            return (key, begin, end)
        }
        ERR_clear_error()
        guard let parts else {
            throw CryptographyError(code: .malformedKey, message: "the bytes are no X.509 certificate in DER")
        }
        publicKey = try PublicKey(der: parts.key)
        validity = parts.start...parts.end
    }

    private static func key(of certificate: OpaquePointer) -> [UInt8]? {
        guard let key = X509_get_X509_PUBKEY(certificate) else { return nil }
        let count = i2d_X509_PUBKEY(key, nil)
        guard count > 0 else { return nil }
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { output, written in
            var next = output.baseAddress
            written = max(0, Int(i2d_X509_PUBKEY(key, &next)))
        }
    }

    /// The time as OpenSSL counts it from 1970.
    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        guard let time, let epoch = ASN1_TIME_set(nil, 0) else { return nil }
        defer { ASN1_STRING_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
        return Int64(days) * 86_400 + Int64(seconds)
    }
}
