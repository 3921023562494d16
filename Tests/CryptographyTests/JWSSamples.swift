/// Tokens of the claims `{"iss":"issuer.example"}`, made once with Python's `cryptography`, and the keys that they verify
/// with.
enum JWSSamples {
    static let shared = Array("a shared secret of the tests".utf8)

    static let rsa = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmCJpndLmVQRisZ9JWPzt
        /51/mZT9nEU30TP5lE3tX8ZhtgXR2kZsRRs0JgBhKx0dpsJAIvEhjYzpPwQ41kMF
        8QpPA48OW7eeR0iZH0eiOkZA0ckx3YCN6yl2peWpLmUK6c/uoaU5FGbMlCroQVoS
        bl4+Q66KlAM2sccf/fggw2k59HCo0+FlQEfZ7ht3lM4JKW2cu+f9Ec9RYc1WumrF
        TDCv+7A4jMbukIyQdnMbvtQ5rV6/oNh4hr2Dm5r/B4D1AH3bkuP+mT+C44iAjRFT
        WtgFajMuzf8pIgjRCXP/DQRHNXb65hjOMnDTKZlbEOihh7muiBaQg1nPsfWv6phh
        cwIDAQAB
        -----END PUBLIC KEY-----
        """

    /// By the name in the token's header.
    static let tokens: [String: String] = [
        "HS256": """
        eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.mjI9G95rPjQc-\
        IzosmFKtsoNUKubaLm1RSDUg1JNAeY
        """,
        "HS384": """
        eyJhbGciOiJIUzM4NCJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.DndScwaBz1Pmz6AqHxhupyIHkd4GXqDvAh\
        M7sCEdSsGxC4L2WUH5jkXS2uuH0oUF
        """,
        "HS512": """
        eyJhbGciOiJIUzUxMiJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.5wbUNvS6GoXe7Nc78FzlIRLrEQWuB_5Y4H\
        aqZ2EQMILd5BI0zhwmjB46sH-7Laz7iocGXZUecm2k5Ncaw58wfQ
        """,
        "RS256": """
        eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.XCv1uBlt-CITyfjgs2zDgonJMPBWpuR1wt\
        SZ3LvZkt4v-\
        ec1B1lS4CmOzFKEYgCQUTXTXYmui_Yymx9zh7UB67I7cVeTO8h8UiwHUNj8tZfeITyjy4ZVcpSt0rBPP7Dv8xWNg\
        UD4KEfusqCN1_DyPvlXlmBiYnI8aMsrnCyUHfv-rWd2ZI92z7jmcG96_QG1KGlsZbxPwMVRHLUmdRs4QiSspvrDB\
        M1zTRe7FScx7kHZR06J8Nc5P6BTFHOx1lGl1ADf6iIkFRe5F2yRMXDQ819L4An1QhbWBJW-\
        KA7EG5uAR_5MJT0vXn3D3hSgxxclVYqZlroegO0o41kuCj7Iig
        """,
        "RS384": """
        eyJhbGciOiJSUzM4NCJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.TSBuU2LGo7IHO1W1147AKJ8BPZWAaBMsTZ\
        E8jU5Ko3ou76fa9hn9ibEN_w0UmLTxfDzZiSMP8pUrPENQSdeem9LuhkaRG-\
        R2ARlvHwiktNHQ6Q4CDbAYPAU3zIvSAE4wnkFaa9bQ4VT1nMFv0gpsvqZbJe0DpJCnADSdbNzGF0AHTFc3slhUfY\
        Yx-QPMyvS6ZIZVGiXG6ajApgTwusTRtyidmOJ8ndTzhjQLWfmfZVG4WSizKfCEWPFkCeoQAhpiau899Lquj849M9\
        MtFBDOF8QEhzG1RfMf1ySG9ZPBFZYvrjCpZdt0QgJuTSyPCfodqWjqfzBxi8OHo-fQKPRswg
        """,
        "RS512": """
        eyJhbGciOiJSUzUxMiJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.MTRWoQ5GI3OlkrWF18s9wLm-\
        h44nwChih8KVmaAOCD8ET75e7pTFk_dZ00HhMMdDW0L_jVp0H2qZ2k-\
        92qlsYxvGHodfpbjKjZsjaHoeREKLGSACMdPsNgmsevq46Yx-fz98ZSaImIERuUaxTFl2s_a2epdlX2Fu26q_-x_\
        vG95AkuB7xmlAQ1kAM_hge1SElio6bL_g0HqtsjnnDrmpOQU-\
        C2I1lt49Ujnn4CXTBGjUuvLi6VTsfLArC_OFjGkHfXE1yMw0w9J7xmjJWJJExRsKmTT1SRj9dKAMU3Yl-\
        YTvPj17FDXaF6i-rzit16wW_7BR_Hjgbo7I-C8umPmSOw
        """,
        "PS256": """
        eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.aVh2Soxou9hvvRew6f7nc9fcOu14MQYUkN\
        x8FDzfr4rWslr-E9ZieKIm4XOwCoM4kccryVd4u80KmLd-LShcoy7_Js2C0R9Kmob8rs0M1mUNPZVgIG2JK0yJTe\
        7Hovy35y7X6BsoURT70c0miSQRS2gAOwRIfIfJFb6Sq1zPaug8cdcqphqK82iJsVl5aZ98CmVMPS_XiiTW0SsGWs\
        50vznOurJ-Qr_LJBVbfUICKXDc79iguy9P5bWOlhKti2de-\
        noYjxBUwM47u9X8mR0xJ_V7rFF8mqYZ2g5q8pJOzwzg-aXl0ExzuSh4JOV3jnfPuM20HGobAT_i5e1Lh-nK8g
        """,
        "PS384": """
        eyJhbGciOiJQUzM4NCJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.lht9ecnjNlaPhKVvD0o4zY1SzmGdnUOt9Z\
        VIYvnmSC7v-EMQiqt6mXHps5WQ7-\
        pjPZCc4jDbfP55wNXSfML9ljBiaoDhwa5HBom3Jyxjy_7Nm1AH27mMQhjcgiE5dLG4O0SnL6vYbtQawnhi0OMs3z\
        rISv63tOD5Pjq0nvnaXFMTGbZw6tMN-rLYempzjYk_tnsc3damf0r4ItldH5DgERrCJMobnfalpcacDxMJSQPMtj\
        VbyyveT3vdyp4YDsP7by872bnJYdGUhkNyHWYQqROkPUnhkJBf0yFT6nql8PaivoBGks_aK3wQzAp_2_BpDg4AJI\
        dQgGeh-JLPlzWNJw
        """,
        "PS512": """
        eyJhbGciOiJQUzUxMiJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.Q9MxAc_yWTwDb3bgkSFPf50JHZlpsfyTkX\
        KlUyiDUV9oAEOnWdm0tCbYL8T1soV5xIQY0GamWtdUicGUbgxgpVEP3oESJF-XlvvlZ4koe64RBu96ZRwNfubEv3\
        4I72rvCwJnU0eduV6-2dATvcdD5EpkEDjd9H8OKU6Q262Bm0AWgJpcY1x-\
        rKGqoBelbG481SRO7G91pg7LcUyfzUlysWexDeuYcrInyZJJ1aFX3ixa0uGGVW-cgVBgLYbcPAYwyNwLK9Y3AeBo\
        KIyJ5HFA7z_EA1b0y_IHFjFF3Dg3_fhfseOijJK8MwyP5pFh15-dJobZj6Q-jyTYp9lK-12eFA
        """,
        "ES256": """
        eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.GxseT2BiWzhgfHZPlXkhNswxpKDPjTis_G\
        zVb3E5nVAJScmZseGSJ4p45wmL5IJAczuNtjsDYzF39jyAVkvTMw
        """,
        "ES384": """
        eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.ArssjlLgoxGpSnh35JbxQnN8vx14REw5h2\
        YYHNlrwmCvGFDz765fNWT3x4LBuQiOn3_4MJzIUDiZztBGuO1nSAYME3FQEMbDRqtRPF1QVq2uVUnfTqjSPcvUdS\
        IlWvGS
        """,
        "ES512": """
        eyJhbGciOiJFUzUxMiJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.AMQdLz2kmG0qGM7NKanxCznOLAZRDG0dOb\
        uOqiDtuEH8fiZVOrSDjmTOUy1Gc3ensCKLOYonJICGoMtC5z6AvVlPAaodcM1AeAE2rDUBQj40ht5e6ZmExIFToI\
        G8h9Ugaw1A9fcbjpf1aVZokiK09F-Hnt1_g1BrMJOkUi3looo7UCoI
        """,
    ]

    /// Coordinates of the keys of ECDSA.
    static let points: [String: (x: String, y: String)] = [
        "ES256": (
            """
            HiRiB02T2KmADvhO3XDIdYmTeBwpHlnEIH-_PkLL67w
            """,
            """
            Juc72b241s4b0CJ9t9Y9VH9yqUVf2WGl_NalNAu0JIc
            """
        ),
        "ES384": (
            """
            ggTnNKGcbR9UrdndXWoGhygTzddAVHSAzXyNRo2D6eQFx8bNBTfVocTDxIBCO0qd
            """,
            """
            gbHJ0nDzgbhGbbKJ-Ha42y49XqyfYtY6EOIsgSEajht5JuYzxq9hYAM6ZNoFuwCB
            """
        ),
        "ES512": (
            """
            AY0MXlWGvVARywa25mipCTdqfoB1zO_GsE_oj_2U6U5z1nhi8zG3ytcxsvOTGcDZTOmwaKwOQahszZVqF_dt\
            0964
            """,
            """
            AQdKmOcz89hbmx5ZJubCo2dMFXoTkEUTfgXfl8c1dPmzCd2TRKg71qAbqxHyCFSMolb4cdvWr2RAiDFMJuUc\
            aqhq
            """
        ),
    ]

    /// PS256 with a salt of 20 bytes, and with SHA-512 in MGF1.
    static let otherPadding = [
        """
        eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.luIjAhIkVDF_9W57I9GzZ9C0umzaH4acQI\
        CvRcZy0p_quCcsChNt8pHBMExWeQeV96klHwJweLz4620qHitlV0pO8lOLrzwvBAcI06EAgO50-\
        nucELdIkSUOHR6OTsacsoEG8FmTp96wevxS7fwUdP0NTtiWGuIWym-OpCwDlgbEENW0Ql8COR6kXuqCknITonM81\
        w4t2eKjzolTNTYyuGHDomJ4FwjHklIPU5NSvc3FQCrCvEQFwU2831OcMwEGIPGaGjG3_Uy7ExqyAFgLr4YqsVYAz\
        k18i6UA-7rY1ozHlLTbWqEblwIlRMU1wMEASLtes5YrqBoFU2jQ_e22-w
        """,
        """
        eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJpc3N1ZXIuZXhhbXBsZSJ9.Vwd8ARlqO9HlitNoCjSov04gpMqruBy3rS\
        SDbtZG1W9EkOkEaH-MpawTiMO-\
        9SZylrOup2EUo7AU4y8fqDFrESoyc7qJQPaxMpU1gxZRWicuihg0huemZuiz65K0k-\
        7_btkHjpcsL5QJsvRuKdtVssj6nvoQzi1w146kxJEOAIJ3ipOE9ZGMrgBW9-\
        e_qum9qttzP0tHTxlxVWcKkXw4xQ9vqjkNqkR73sNS5zaypuVX42ah2QJzcnxI3sEOKllsIoAifjbXoWi3iCymeJ\
        cUFEOj-nWhRPpfRcUEheMV_6kKIibtKftfxjywzENqWKylTnYjyZrDUaCK8ZEpehveiw
        """,
    ]

    /// A key on P-384.
    static let p384 = """
        -----BEGIN PUBLIC KEY-----
        MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEggTnNKGcbR9UrdndXWoGhygTzddAVHSA
        zXyNRo2D6eQFx8bNBTfVocTDxIBCO0qdgbHJ0nDzgbhGbbKJ+Ha42y49XqyfYtY6
        EOIsgSEajht5JuYzxq9hYAM6ZNoFuwCB
        -----END PUBLIC KEY-----
        """
}
