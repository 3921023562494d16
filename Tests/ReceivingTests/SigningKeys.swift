/// Keys that were made for these tests and sign nothing else.
enum SigningKeys {
    /// PKCS#8.
    static let ed25519 = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIPyR9esheQl6GD2p94prGIwT7ACOG2ak5f2pYoNqWMoq
        -----END PRIVATE KEY-----
        """

    /// Its public half.
    static let ed25519Public = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEA9svnfF3VnkEmDLtk0mFWlI/kyAMf6sBNAfdQkAAxz9A=
        -----END PUBLIC KEY-----
        """

    /// The older form of EC keys, behind the parameters of the curve.
    static let p256 = """
        -----BEGIN EC PARAMETERS-----
        BggqhkjOPQMBBw==
        -----END EC PARAMETERS-----
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIIoISFoK1Bt6VVredvAxnBtaGAjCjKikxQa4sW+EuhMxoAoGCCqGSM49
        AwEHoUQDQgAEJU6/pEez1ywl+ThXzBCrB+0JTKTyFPQ3egmljKx/i2wgDWiHIm91
        gkajlPNk+3FO11dcOYTPtUriKvT4Q01h5g==
        -----END EC PRIVATE KEY-----
        """

    /// Its public half.
    static let p256Public = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJU6/pEez1ywl+ThXzBCrB+0JTKTy
        FPQ3egmljKx/i2wgDWiHIm91gkajlPNk+3FO11dcOYTPtUriKvT4Q01h5g==
        -----END PUBLIC KEY-----
        """

    /// The older form of RSA keys.
    static let rsa = """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEpQIBAAKCAQEA2l5+z5Ob4wYIWSfu99mwmBAUThNLUtdNLAJC5kdsEzwTV269
        Bg88G42ZuF26NFemiVi2lyvNnbPJOzJh4bwaG9PR+Z5k9Js9Sgbjr58Wj6oKKhhq
        Cv1N8e+RfZiGFPY4a/w65uD6DloSq9BGHIdtCGdA4hjn6xAFiXcu+QPgs1HPd1Jk
        GZ6NVuzw38O0+SeuMZnEgpL7FfPuXyVP/MtyeWtg5iBmf3VVQ2y2CS0CWgQB0MX3
        fpQaENxsrB7ZdDGpsQMMkYIT5ujTnogQ/8ysQ0+0LffyXSqK24vf2oyjBgnxzaXL
        V2vLHcrIvp5HSoNuE7jl7XeEP0RAgcQTzTq47wIDAQABAoIBABi6DIf6wfMiEr3t
        vKyKFOoTIAl7O9NEl/N8yhCDU+SVr+b9nh/ah8bi8N4kltoodq4kwoA5sI3D9uxi
        Fx1VjGtMQAGRAwODtJv2Tb/sNsTLz1zW6OMXrcTQiNv88mnbO6ZWqGDOZuJLJsQX
        0GiYmSsTbhBsG47NgKMBQOtnmgET897T/8gKlKHsIOURzBqQcGMQP+Rh/6f4Cram
        GL57OKx3P/j81cyJXbn7lEUXJS8nY6FGD2vic1UKINY7o9xg9+xlv0td2kr1/3wL
        dtpF9hEZqWSBftrlI68oDAmek7qVuAduzEbEkVwgVe8O1C76tislvklTdIvVAx8Q
        6x+z7IECgYEA9sAT0SxczsHSi8wJsrPs3UcTxobeLy8MgUo6cuhApYeQe2vg+DNn
        AG2WScjs/JygLPeYf5Sqekbn5dHyyNm2kFv9N4IM9aVp+Yiw5iLxntqHpd340AW5
        wtPunIBQAEJ1TMMNUifPcQxu4xFqyUTl6ZQhvVMz11dPZ8RO6bN5Q68CgYEA4o4P
        U7Fkfm+LYLlAm+gAPgvcGPAVqXDd4agfE/qi6I2Kkq1g5mbarkXw+gJiGH7li+ZD
        NjvhlDcwuk8QowG8QLb4Y6GdbA1lPW8wT3kHVZvYkBVSU+ZcTgoJ0UiNqBImD8TZ
        Z/yy8VislTd421eVRIvf1AOpInX+nF4+01q+7sECgYEA3JVLYfQRp3fX28d0Z/+2
        4P24bQKGP5IE0NPlunFr0U6GV/9RpzB0hQpyjtWDHjR6cJiLCIqDeDpI9segDfOq
        5BSIIoYtRbAxM7UBx0o3y/W5zArKclScAtJo/hkq64B90jiQgQA7zuj5fB5G41Sn
        YA9fthtaPci8oJv6m6so3dsCgYEAhJQ9w+x7ssHz/pZqiNIr0iN+mdll09KJBhUs
        mrSBwTWTcmKj4jEup+2mJ6hdX5hjHIuTqZlBWUsy6NR8F+hcEkMA+M0LIsB0Do+S
        5e8dq6uYADl6BD86pTCari6XN1PnkjLQR1pKHZKW7HuZ7kJCx+pTAe9iexgx96/v
        dCAWvAECgYEAijrGErxa+rpcQCIXdZdeapvPp2ck3KGZjn1xB/+VNDoaa0LbViYx
        sri/5AFSwHknoLBs9sshy8OlJsJq0yN7ACvbXvtfdQQpeuD8zzcXLXW/LvOJanLI
        doIcltW6BD/9+B4TYa0cnuyn94HXPUrRwdqCxjjm/gUMII9gv+8GzQ4=
        -----END RSA PRIVATE KEY-----
        """

    /// Its public half.
    static let rsaPublic = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2l5+z5Ob4wYIWSfu99mw
        mBAUThNLUtdNLAJC5kdsEzwTV269Bg88G42ZuF26NFemiVi2lyvNnbPJOzJh4bwa
        G9PR+Z5k9Js9Sgbjr58Wj6oKKhhqCv1N8e+RfZiGFPY4a/w65uD6DloSq9BGHIdt
        CGdA4hjn6xAFiXcu+QPgs1HPd1JkGZ6NVuzw38O0+SeuMZnEgpL7FfPuXyVP/Mty
        eWtg5iBmf3VVQ2y2CS0CWgQB0MX3fpQaENxsrB7ZdDGpsQMMkYIT5ujTnogQ/8ys
        Q0+0LffyXSqK24vf2oyjBgnxzaXLV2vLHcrIvp5HSoNuE7jl7XeEP0RAgcQTzTq4
        7wIDAQAB
        -----END PUBLIC KEY-----
        """

    /// The same as a set of keys (RFC 7517).
    static let rsaSet = """
        {"keys":[{"kty":"RSA","alg":"RS256","use":"sig","e":"AQAB","n":"\
        2l5-z5Ob4wYIWSfu99mwmBAUThNLUtdNLAJC5kdsEzwTV269Bg88G42ZuF26NFemiVi2lyvNnbPJOzJh4bwaG9PR-\
        Z5k9Js9Sgbjr58Wj6oKKhhqCv1N8e-RfZiGFPY4a_w65uD6DloSq9BGHIdtCGdA4hjn6xAFiXcu-QPgs1HPd1JkGZ6NVuzw38O0-\
        SeuMZnEgpL7FfPuXyVP_MtyeWtg5iBmf3VVQ2y2CS0CWgQB0MX3fpQaENxsrB7ZdDGpsQMMkYIT5ujTnogQ_8ysQ0-\
        0LffyXSqK24vf2oyjBgnxzaXLV2vLHcrIvp5HSoNuE7jl7XeEP0RAgcQTzTq47w\
        "}]}
        """
}
