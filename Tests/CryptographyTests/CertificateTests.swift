import Cryptography
import Testing

@Suite struct `A certificate` {
    private static let pem = """
        -----BEGIN CERTIFICATE-----
        MIIDSTCCAjGgAwIBAgIUI52ucrAFTOljXmCLwUYNQsBC8TUwDQYJKoZIhvcNAQEL
        BQAwMzExMC8GA1UEAwwoc25zLnVzLXdlc3QtMi5hbWF6b25hd3MuY29tLmV4YW1w
        bGUudGVzdDAgFw0yNjExMjIyMjU3NDZaGA8yMTI2MTAyOTIyNTc0NlowMzExMC8G
        A1UEAwwoc25zLnVzLXdlc3QtMi5hbWF6b25hd3MuY29tLmV4YW1wbGUudGVzdDCC
        ASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBANt+fKJ2NZtbRXt2tl9r2cak
        93hZka8oms9NZ3NcUuuz+K9lVMokOoeB0XvfORVr1a5FTh7UrVV7Hk7J5HB0SE4V
        SoT3pu6feM+Evo/JkJhFr7ghPmP7C3/cuM9E1KYvh3DVIEu+W6PoD83V0pm8TT3B
        OOZ3XAyQxq2w3oPal148QL1tAD6r+iWkxaBfV30z1SfY/AzrdV7veJhhHnozmZsa
        ska6+0WL93jJkPEIzsnLLI69nZKcmCdj/fPEWoG64jRgWHHQh72aMiWS5IMhmYeK
        re2nqzI69lx5sv8/Xe0zFqRLgSddQu+c5LEr4vpMUIhu+cJDCCfyPEpCsI3E6k0C
        AwEAAaNTMFEwHQYDVR0OBBYEFB34+e1Ca36GbzZv+8enkJV+mLtGMB8GA1UdIwQY
        MBaAFB34+e1Ca36GbzZv+8enkJV+mLtGMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZI
        hvcNAQELBQADggEBAEqtbwZcvNdcYQGaEWgjQzq1IT+bMC8a+ZxI8bkrPVMJGDTU
        +zFw/6rCadqwyR6O535XyafgG2owdOZ3etLopRvXzSjBAMOyFzq1fGjWm10o25Ye
        Y1H4TJMYJtaSyagjjldRjIQQUh8jdIzjhR00BNYuT6/gTDeMahuSR+vIPI0PA7iH
        o4/WB770ThzDi+4GG8aG/vmi4hya/HYlHDl1fyjfBnF5LrGhEM8EhLKmVbVNvgIK
        gDj1CDY2p54QoTmAg15c75tcDSz+nUtbuiVRgrdsMlHYy6JrrWA4P08hn767I6sv
        /FVEAuavMKozXjLb5iRuNawfWnQU1FArcPm2f0o=
        -----END CERTIFICATE-----
        """

    /// What an SNS notification signs with it, in base 64.
    private static let message = #"""
        TWVzc2FnZQp7InZlcnNpb24iOiIwIiwiaWQiOiIzNmViODUyMy05N2QwLTQ1MTgtYjMzZC1lZTM1NzlmZjE5ZjAiLCJk\#
        ZXRhaWwtdHlwZSI6IkFXUyBDb25zb2xlIFNpZ24gSW4gdmlhIENsb3VkVHJhaWwiLCJzb3VyY2UiOiJhd3Muc2lnbmlu\#
        IiwiYWNjb3VudCI6IjEyMzQ1Njc4OTAxMiIsInRpbWUiOiIyMDE5LTAxLTAxVDAwOjAwOjAwWiIsInJlZ2lvbiI6InVz\#
        LWVhc3QtMSIsInJlc291cmNlcyI6W10sImRldGFpbCI6eyJhd3NSZWdpb24iOiJ1cy1lYXN0LTEiLCJldmVudE5hbWUi\#
        OiJDb25zb2xlTG9naW4iLCJldmVudFNvdXJjZSI6InNpZ25pbi5hbWF6b25hd3MuY29tIiwiZXZlbnRUeXBlIjoiQXdz\#
        Q29uc29sZVNpZ25JbiIsInJlY2lwaWVudEFjY291bnRJZCI6IjExMTEyMjIyMzMzMyIsInJlc3BvbnNlRWxlbWVudHMi\#
        OnsiQ29uc29sZUxvZ2luIjoiRmFpbHVyZSJ9LCJ1c2VySWRlbnRpdHkiOnsidHlwZSI6IklBTVVzZXIiLCJ1c2VyTmFt\#
        ZSI6ImFsaWNlIn19fQpNZXNzYWdlSWQKMjJiODBiOTItZmRlYS00YzJjLThmOWQtYmRmYjBjN2JmMzI0ClN1YmplY3QK\#
        Q2xvdWRUcmFpbCBldmVudApUaW1lc3RhbXAKMjAxMi0wNS0wMlQwMDo1NDowNi42NTVaClRvcGljQXJuCmFybjphd3M6\#
        c25zOnVzLXdlc3QtMjoxMjM0NTY3ODkwMTI6TXlUb3BpYwpUeXBlCk5vdGlmaWNhdGlvbgo=
        """#
    private static let signature = #"""
        fnQuX5PQIXrArR4rrSPlcKsOnLoNGuC+Hqz2P3LYPVaq0kMjhBFg64Mfb8YvViA0qXGXozbQYBacZ12hM6yI3En7D/zo\#
        JXAQ14Fe3rorh8Sb3Glqyvef2P8d740LVx2ScnDq8T2g3MbyHiPC4Bds4FR5NJDpAk8ZXNAdEx+OHaQN2xVfvclrLwOk\#
        r1IpIT8cKcvikjhWGqIF9EKcTcuolBP0xriTTjzsFongWI5Dm3uyvFQsOtz9UAYFmtEo12mGdcRN0NnvD3p9xg3Wud5P\#
        NyVA5XcDOvUDTcxiCEyS/UTYg4ha9BDAf/0FCK61pnOi/NC9gUHtRv08K9CKFMtCag==
        """#

    @Test func `gives its key and its time`() throws {
        let certificate = try Certificate(pem: Self.pem)
        #expect(certificate.validity == 1795388266...4948988266)
        #expect(certificate.publicKey.kind == .rsa)
        let message = try #require(Base64.decode(Self.message))
        let signature = try #require(Base64.decode(Self.signature))
        let algorithm = SignatureAlgorithm.rsaPKCS1SHA256
        #expect(certificate.publicKey.verify(algorithm: algorithm, signature: signature, message: message))
        #expect(!certificate.publicKey.verify(algorithm: algorithm, signature: signature, message: message + [0]))
    }

    @Test func `is refused when it is none`() throws {
        let der = try PEM.decode(Self.pem, label: "CERTIFICATE")
        #expect(throws: CryptographyError.self) { try Certificate(pem: "") }
        #expect(throws: CryptographyError.self) { try Certificate(pem: PEM.encode(der, label: "PUBLIC KEY")) }
        #expect(throws: CryptographyError.self) { try Certificate(der: []) }
        #expect(throws: CryptographyError.self) { try Certificate(der: der + [0]) }
        for count in stride(from: 0, to: der.count, by: 7) {
            #expect(throws: CryptographyError.self) { try Certificate(der: Array(der[..<count])) }
        }
        // Nothing of these may crash, whatever is made of them.
        for index in der.indices {
            var changed = der
            changed[index] ^= 0x55
            _ = try? Certificate(der: changed)
        }
    }
}
