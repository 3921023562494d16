import Testing

/// A signed request as a vendor publishes it, or made in the vendor's way with a secret of ours.
struct SignedRequest: CustomTestStringConvertible, Sendable {
    let name: String
    let rule: String
    let secret: String
    let receivedAt: String
    let url: String
    let headers: [String: String]
    let body: String

    var testDescription: String { name }

    static let all = [
        SignedRequest(
            name: "one header with a prefix",
            rule: #"""
                {"hmac": {"message": ["body"], "signature": {"header": "x-hub-signature-256", "prefix": "sha256="}}}
                """#,
            secret: "It's a Secret to Everybody",
            receivedAt: "2026-01-01T00:00:00Z",
            url: "https://ingest.example.test/in/github",
            headers: [
                "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
            ],
            body: "Hello, World!"
        ),
        SignedRequest(
            name: "a version and a time",
            rule: #"""
                {"hmac": {"message": ["v0:", {"header": "x-slack-request-timestamp"}, ":", "body"],
                "signature": {"header": "x-slack-signature", "prefix": "v0="},
                "timestamp": {"header": "x-slack-request-timestamp", "tolerance": "5m"}}}
                """#,
            secret: "8f742231b10e8888abcd99yyyzzz85a5",
            receivedAt: "2018-07-12T18:37:18Z",
            url: "https://ingest.example.test/in/slack",
            headers: [
                "x-slack-request-timestamp": "1531420618",
                "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            ],
            body: #"""
                token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9\#
                T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&\#
                text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F9\#
                6rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b670\#
                3c
                """#
        ),
        SignedRequest(
            name: "a list with one entry",
            rule: #"""
                {"hmac": {"encoding": "base64", "key_encoding": "base64", "key_prefix": "whsec_",
                "message": [{"header": "webhook-id"}, ".", {"header": "webhook-timestamp"}, ".", "body"],
                "signature": {"header": "webhook-signature", "list": {"version": "v1"}},
                "timestamp": {"header": "webhook-timestamp", "tolerance": "5m"}}}
                """#,
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            receivedAt: "2021-02-25T15:02:10Z",
            url: "https://ingest.example.test/in/standard-webhooks",
            headers: [
                "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
                "webhook-timestamp": "1614265330",
                "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ],
            body: #"{"test": 2432232314}"#
        ),
        SignedRequest(
            name: "a list with entries of two versions",
            rule: #"""
                {"hmac": {"encoding": "base64", "key_encoding": "base64", "key_prefix": "whsec_",
                "message": [{"header": "webhook-id"}, ".", {"header": "webhook-timestamp"}, ".", "body"],
                "signature": {"header": "webhook-signature", "list": {"version": "v1"}},
                "timestamp": {"header": "webhook-timestamp", "tolerance": "5m"}}}
                """#,
            secret: "whsec_b2J2aW91c2x5LWZha2Utc2VjcmV0LWZvci10ZXN0cyE=",
            receivedAt: "2023-01-19T00:13:51Z",
            url: "https://ingest.example.test/in/standard-webhooks",
            headers: [
                "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
                "webhook-timestamp": "1674087231",
                "webhook-signature": #"""
                v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGz\#
                PCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== v1,CdIaT7VvuWv6t+t7Tum9H+yW/8d4PWQXYHM4\#
                mBGcsN0=
                """#,
            ],
            body: #"""
                {"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"id":"1f81eb52\#
                -5198-4599-803e-771906343485"}}
                """#
        ),
        SignedRequest(
            name: "ECDSA over a time and a body that ends a line",
            rule: #"""
                {"signature": {"algorithm": "ecdsa-p256-sha256",
                "message": [{"header": "x-twilio-email-event-webhook-timestamp"}, "body"],
                "signature": {"header": "x-twilio-email-event-webhook-signature"},
                "timestamp": {"header": "x-twilio-email-event-webhook-timestamp", "tolerance": "10m"}}}
                """#,
            secret: #"""
                MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62g\#
                w+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==
                """#,
            receivedAt: "2020-09-14T19:41:43Z",
            url: "https://ingest.example.test/in/sendgrid",
            headers: [
                "x-twilio-email-event-webhook-timestamp": "1600112502",
                "x-twilio-email-event-webhook-signature": #"""
                MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluL\#
                tEZtM=
                """#,
            ],
            body: #"""
                [{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZH\#
                JvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A\#
                .filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@i\#
                smtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]
                """# + "\r\n"
        ),
        SignedRequest(
            name: "two headers, the first key",
            rule: #"""
                {"hmac": {"encoding": "base64", "message": ["body", {"header": "box-delivery-timestamp"}],
                "signature": {"headers": ["box-signature-primary", "box-signature-secondary"]},
                "timestamp": {"header": "box-delivery-timestamp", "unit": "rfc3339", "tolerance": "10m"}}}
                """#,
            secret: "SamplePrimaryKey",
            receivedAt: "2020-01-01T07:01:00Z",
            url: "https://ingest.example.test/in/box",
            headers: [
                "box-delivery-timestamp": "2020-01-01T00:00:00-07:00",
                "box-signature-primary": "6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI=",
                "box-signature-secondary": "v+1CD1Jdo3muIcbpv5lxxgPglOqMfsNHPV899xWYydo=",
            ],
            body: #"""
                {"type":"webhook_event","webhook":{"id":"1234567890"},"trigger":"FILE.UPLOADED","source":{\#
                "id":"1234567890","type":"file","name":"Test.txt"}}
                """#
        ),
        SignedRequest(
            name: "two headers, the second key",
            rule: #"""
                {"hmac": {"encoding": "base64", "message": ["body", {"header": "box-delivery-timestamp"}],
                "signature": {"headers": ["box-signature-primary", "box-signature-secondary"]},
                "timestamp": {"header": "box-delivery-timestamp", "unit": "rfc3339", "tolerance": "10m"}}}
                """#,
            secret: "fake-box-second",
            receivedAt: "2016-05-10T00:41:30Z",
            url: "https://ingest.example.test/in/box",
            headers: [
                "box-delivery-timestamp": "2016-05-09T17:41:05-07:00",
                "box-signature-primary": "ciy6mrcQYt6q19FZVdTMo8+QWM77fd5na1W37w+GDFY=",
                "box-signature-secondary": "dPweA/umt2ybmBL8H4lypEXq6J3gGPHhJ+F0BCX5JNI=",
            ],
            body: #"""
                {"type":"webhook_event","id":"0f7c8a2e-fake-0001","created_at":"2016-05-09T17:41:02-07:00"\#
                ,"trigger":"COLLABORATION.CREATED","webhook":{"id":"53","type":"webhook"},"created_by":{"t\#
                ype":"user","id":"226067247","name":"John Q. Developer","login":"johnq@example.net"},"sour\#
                ce":{"type":"collaboration","id":"73835521473","role":"editor","item":{"id":"73835521473",\#
                "type":"file","name":"contract.docx"}},"additional_info":{}}
                """#
        ),
        SignedRequest(
            name: "the URL and a sorted form",
            rule: #"""
                {"hmac": {"algorithm": "sha1", "encoding": "base64", "message": ["url", {"form": "sorted"}],
                "signature": {"header": "x-twilio-signature"}}}
                """#,
            secret: "12345",
            receivedAt: "2026-01-01T00:00:00Z",
            url: "https://mycompany.com/myapp.php?foo=1&bar=2",
            headers: [
                "x-twilio-signature": "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
            ],
            body: #"""
                CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B1800\#
                5551212
                """#
        ),
        SignedRequest(
            name: "the URL and a form with empty fields",
            rule: #"""
                {"hmac": {"algorithm": "sha1", "encoding": "base64", "message": ["url", {"form": "sorted"}],
                "signature": {"header": "x-twilio-signature"}}}
                """#,
            secret: "fake-secret-for-tests-only",
            receivedAt: "2026-01-01T00:00:00Z",
            url: "https://ingest.example.test/in/twilio?tenant=acme",
            headers: [
                "x-twilio-signature": "+dOrJ+v/7GOcfW1cMtvcH719Zg4="
            ],
            body: #"""
                AccountSid=AC00000000000000000000000000000000&ErrorCode=11200&Level=ERROR&ParentAccountSid\#
                =&Payload=%7B%22resource_sid%22%3A%22CAfake%22%2C%22service_sid%22%3Anull%2C%22error_code%\#
                22%3A%2211200%22%2C%22more_info%22%3A%7B%22Msg%22%3A%22HTTP+retrieval+failure%22%7D%2C%22w\#
                ebhook%22%3A%7B%22type%22%3A%22application%2Fjson%22%2C%22request%22%3A%7B%22url%22%3A%22h\#
                ttps%3A%2F%2Fexample.com%2Fvoice%22%2C%22method%22%3A%22POST%22%7D%7D%7D&PayloadType=appli\#
                cation%2Fjson&Sid=NO00000000000000000000000000000000&Timestamp=2024-05-01T10%3A15%3A00.000\#
                Z
                """#
        ),
        SignedRequest(
            name: "the URL, in which the hash of the body stands",
            rule: #"""
                {"all": [{"hmac": {"algorithm": "sha1", "encoding": "base64", "message": ["url"],
                "signature": {"header": "x-twilio-signature"}}}, {"hash": {"message": ["body"],
                "signature": {"query": "bodySHA256"}}}]}
                """#,
            secret: "fake-secret-for-tests-only",
            receivedAt: "2026-01-01T00:00:00Z",
            url: #"""
                https://ingest.example.test/in/twilio?bodySHA256=e139076d61f769517130d30a1ce97d4e350690e1a\#
                4ce8279896c43cda47ca77b
                """#,
            headers: [
                "x-twilio-signature": "7ijuek8T7y+ubggyFTFYFpOJIMI="
            ],
            body: #"""
                [{"specversion":"1.0","type":"com.twilio.accountsecurity.audit.user.created","source":"/20\#
                19-11-05/Events/AuditFake","id":"EV00000000000000000000000000000001","dataschema":"https:/\#
                /events-schemas.twilio.com/AuditFake/1.json","datacontenttype":"application/json","time":"\#
                2026-06-10T06:02:54.377Z","data":{"account_sid":"AC00000000000000000000000000000000","acto\#
                r_sid":"US0000","actor_type":"user","resource_sid":"US0001","event_type":"user.created"}}]
                """#
        ),
        SignedRequest(
            name: "method, decoded URL, body and time",
            rule: #"""
                {"hmac": {"encoding": "base64", "message": ["method", {"url": "decoded"}, "body",
                {"header": "x-hubspot-request-timestamp"}], "signature": {"header": "x-hubspot-signature-v3"},
                "timestamp": {"header": "x-hubspot-request-timestamp", "unit": "ms", "tolerance": "5m"}}}
                """#,
            secret: "fake-hubspot-client-secret",
            receivedAt: "2019-07-26T04:00:02Z",
            url: "https://ingest.example.test/in/hubspot",
            headers: [
                "x-hubspot-request-timestamp": "1564113600500",
                "x-hubspot-signature-v3": "Stx/4623xtg7D4GPVGVznLseqQkZwF0f+ieidCboNzw=",
                "x-hubspot-signature": "a847bb011d2bba1730f7b5a72edceeeb6143f0cf6bb8fea1b042cd5623e63da4",
            ],
            body: #"""
                [{"eventId":3816279340,"subscriptionId":25,"portalId":33,"appId":1160452,"occurredAt":1564\#
                113600000,"subscriptionType":"contact.propertyChange","attemptNumber":0,"objectId":1246965\#
                ,"propertyName":"lifecyclestage","propertyValue":"customer","changeSource":"CRM_UI","sourc\#
                eId":"userId:12345","changeFlag":"UPDATED"},{"eventId":3816279480,"subscriptionId":22,"por\#
                talId":33,"appId":1160452,"occurredAt":1564113600001,"subscriptionType":"contact.deletion"\#
                ,"attemptNumber":1,"objectId":1246978,"changeSource":"IMPORT","changeFlag":"DELETED"}]
                """#
        ),
        SignedRequest(
            name: "a plain hash of secret and body",
            rule: #"""
                {"hash": {"message": ["secret", "body"], "signature": {"header": "x-hubspot-signature"}}}
                """#,
            secret: "fake-hubspot-client-secret",
            receivedAt: "2019-07-26T04:00:02Z",
            url: "https://ingest.example.test/in/hubspot",
            headers: [
                "x-hubspot-request-timestamp": "1564113600500",
                "x-hubspot-signature-v3": "Stx/4623xtg7D4GPVGVznLseqQkZwF0f+ieidCboNzw=",
                "x-hubspot-signature": "a847bb011d2bba1730f7b5a72edceeeb6143f0cf6bb8fea1b042cd5623e63da4",
            ],
            body: #"""
                [{"eventId":3816279340,"subscriptionId":25,"portalId":33,"appId":1160452,"occurredAt":1564\#
                113600000,"subscriptionType":"contact.propertyChange","attemptNumber":0,"objectId":1246965\#
                ,"propertyName":"lifecyclestage","propertyValue":"customer","changeSource":"CRM_UI","sourc\#
                eId":"userId:12345","changeFlag":"UPDATED"},{"eventId":3816279480,"subscriptionId":22,"por\#
                talId":33,"appId":1160452,"occurredAt":1564113600001,"subscriptionType":"contact.deletion"\#
                ,"attemptNumber":1,"objectId":1246978,"changeSource":"IMPORT","changeFlag":"DELETED"}]
                """#
        ),
        SignedRequest(
            name: "fields of the body",
            rule: #"""
                {"hmac": {"message": [{"field": "signature.timestamp"}, {"field": "signature.token"}],
                "signature": {"field": "signature.signature"}, "timestamp": {"field": "signature.timestamp",
                "tolerance": "5m"}}}
                """#,
            secret: "fake-mailgun-signing-key",
            receivedAt: "2018-06-14T20:07:40Z",
            url: "https://ingest.example.test/in/mailgun",
            headers: [:],
            body: #"""
                {"signature":{"timestamp":"1529006854","token":"a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f\#
                979f3de0","signature":"e73e1fa14f900df7a14df7f10ba058433934e9aa3a88cf002fbef9456ce2edd1"},\#
                "event-data":{"event":"opened","timestamp":1529006854.329574,"id":"DACSsAdVSeGpLid7TN03WA"\#
                ,"recipient":"alice@example.com","ip":"203.0.113.20"}}
                """#
        ),
        SignedRequest(
            name: "numbered headers",
            rule: #"""
                {"hmac": {"encoding": "base64", "message": ["body"],
                "signature": {"numbered": "x-docusign-signature-"}}}
                """#,
            secret: "fake-key-two",
            receivedAt: "2026-01-01T00:00:00Z",
            url: "https://ingest.example.test/in/docusign",
            headers: [
                "x-docusign-signature-1": "GqOtJTQbgIlgi1EfgEp/kbVD0eXkIS8jfMRy1/iGJAY=",
                "x-docusign-signature-2": "/BWc4g9o1/LCqMnNbgN+NpHsZOdrH7RxbPJoMD4JUnc=",
            ],
            body: #"""
                {"event":"recipient-declined","uri":"/api/v2/accounts/12345/envelopes/abc123/recipients/re\#
                cipient123","retryCount":0,"configurationId":"config123","apiVersion":"v2.1","generatedDat\#
                eTime":"2024-01-15T10:30:00.000Z","data":{"accountId":"12345","userId":"user123","recipien\#
                tId":"recipient123","envelopeId":"envelope123","name":"John Doe","email":"sam@lotr.com","s\#
                enderEmail":"denethor@lotr.com","routingOrder":1,"terminationReason":"Recipient declined t\#
                o sign","envelopeSummary":{"status":"declined","created":"2024-01-15T09:00:00.000Z"}}}
                """#
        ),
        SignedRequest(
            name: "two of a version among others",
            rule: #"""
                {"hmac": {"message": [{"item": "t"}, ".", "body"], "signature": {"header": "stripe-signature",
                "pairs": {"name": "v1", "separator": ","}}, "timestamp": {"item": "t", "unit": "s",
                "tolerance": "5m"}}}
                """#,
            secret: "whsec_FAKE_current",
            receivedAt: "2023-06-06T22:19:32Z",
            url: "https://ingest.example.test/in/stripe",
            headers: [
                "stripe-signature": #"""
                t=1686089971,v1=6fdaff1b1561391341b1a4edc12f16d52dc95a16aec545c0b8ffa51ff491f352,v1=0e34e2\#
                66d20d9a5377f30430ccfb26e5e35c5a501d885f94b82ca35786acbc69,v0=6ffbb59b2300aae63f272406069a\#
                9788598b792a944a07aba816edb039989a39
                """#
            ],
            body: #"""
                {"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","object":"event","api_version":"2019-02-19","created"\#
                :1686089970,"data":{"object":{"id":"seti_1NG8Du2eZvKYlo2C9XMqbR0x","object":"setup_intent"\#
                ,"status":"requires_confirmation","payment_method":"pm_1NG8Du2eZvKYlo2CYzzldNr7"},"previou\#
                s_attributes":{"status":"requires_payment_method"}},"livemode":false,"pending_webhooks":0,\#
                "request":{"id":null,"idempotency_key":null},"type":"setup_intent.created"}
                """#
        ),
        SignedRequest(
            name: "a blank behind the comma, and milliseconds",
            rule: #"""
                {"hmac": {"message": [{"item": "t"}, ".", "body"], "signature": {"header": "workos-signature",
                "pairs": {"name": "v1", "separator": ","}}, "timestamp": {"item": "t", "unit": "ms",
                "tolerance": "3m"}}}
                """#,
            secret: "fake-workos-secret",
            receivedAt: "2021-06-25T19:07:34Z",
            url: "https://ingest.example.test/in/workos",
            headers: [
                "workos-signature": #"""
                t=1624648053155, v1=1b3ffd6cf134acb9197034eb04824e62dffae321b84aa76dff8f9be6367a1e13
                """#
            ],
            body: #"""
                {"id":"event_01EHZNVPK3SFK441A1RGBFSHRT","event":"dsync.user.updated","data":{"id":"direct\#
                ory_user_01E1X1B89NH8Z3SDFJR4H7RGX7","directory_id":"directory_01ECAZ4NV9QMV47GW873HDCX74"\#
                ,"idp_id":"8931","first_name":"Lela","last_name":"Block","job_title":"Manager","emails":[{\#
                "primary":true,"type":"work","value":"lela.block@example.com"}],"username":"lela.block@exa\#
                mple.com","state":"active","previous_attributes":{"job_title":"Engineer"}},"created_at":"2\#
                021-06-25T19:07:33.155Z"}
                """#
        ),
        SignedRequest(
            name: "pairs without a time",
            rule: #"""
                {"hmac": {"message": ["body"], "signature": {"header": "x-pagerduty-signature",
                "pairs": {"name": "v1"}}}}
                """#,
            secret: "fake-new-key",
            receivedAt: "2026-01-01T00:00:00Z",
            url: "https://ingest.example.test/in/pagerduty",
            headers: [
                "x-pagerduty-signature": #"""
                v1=8a95c4d35460baa25fa9eb22ba2c74a61ac4191438782c702793de6bc764a2d2,v1=e79ba993a8c3fd3cae6\#
                3b5db1194695426afb997a48ba244f79bdfacc7c07dba
                """#
            ],
            body: #"""
                {"event":{"id":"01BRB6ZP4M6T8ZG4X6BP63ZB9O","event_type":"service.updated","resource_type"\#
                :"service","occurred_at":"2021-03-02T13:35:11.682Z","agent":null,"client":null,"data":{"ht\#
                ml_url":"https://acme.pagerduty.com/services/PF9KMXH","id":"PF9KMXH","self":"https://api.p\#
                agerduty.com/services/PF9KMXH","summary":"testing service updates","alert_creation":"creat\#
                e_alerts_and_incidents","teams":[{"html_url":"https://acme.pagerduty.com/teams/PFCVPS0","i\#
                d":"PFCVPS0","self":"https://api.pagerduty.com/teams/PFCVPS0","summary":"Engineering","typ\#
                e":"team_reference"}],"type":"service"}}}
                """#
        ),
        SignedRequest(
            name: "pairs with a time",
            rule: #"""
                {"hmac": {"message": [{"item": "t"}, ".", "body"],
                "signature": {"header": "tailscale-webhook-signature", "pairs": {"name": "v1", "separator": ","}},
                "timestamp": {"item": "t", "unit": "s", "tolerance": "5m"}}}
                """#,
            secret: "tskey-webhook-FAKE",
            receivedAt: "2022-09-21T17:38:05Z",
            url: "https://ingest.example.test/in/tailscale",
            headers: [
                "tailscale-webhook-signature":
                    "t=1663781880,v1=605cc0280fbae3d3c337584f889279c309f9b575def5fef659e636e54c65e186"
            ],
            body: #"""
                [{"timestamp":"2022-09-21T13:37:51.658918-04:00","version":1,"type":"nodeCreated","tailnet\#
                ":"example.com","message":"Node alice-workstation created","data":{"nodeID":"nFakeCNTRL","\#
                url":"https://login.tailscale.com/admin/machines/100.64.0.1","deviceName":"alice-workstati\#
                on.yak-bebop.ts.net","managedBy":"alice@example.com","actor":"alice@example.com"}},{"times\#
                tamp":"2022-09-21T13:38:00.1-04:00","version":1,"type":"userRoleUpdated","tailnet":"exampl\#
                e.com","message":"Role updated","data":{"user":"bob@example.com","url":"https://login.tail\#
                scale.com/admin/users","actor":"alice@example.com","oldRoles":["member"],"newRoles":["admi\#
                n"]}}]
                """#
        ),
        SignedRequest(
            name: "RSA over those fields that are there",
            rule: #"""
                {"all": [{"signature": {"algorithm": "rsa-sha1", "message": [{"fields": ["Message", "MessageId",
                "Subject", "Timestamp", "TopicArn", "Type"]}], "signature": {"field": "Signature"},
                "timestamp": {"field": "Timestamp", "unit": "rfc3339", "tolerance": "1h"}}},
                {"pin": {"field": "TopicArn", "key": "topic"}}]}
                """#,
            secret: #"""
                MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2358onY1m1tFe3a2X2vZxqT3eFmRryiaz01nc1xS67P4r2\#
                VUyiQ6h4HRe985FWvVrkVOHtStVXseTsnkcHRIThVKhPem7p94z4S+j8mQmEWvuCE+Y/sLf9y4z0TUpi+HcNUgS75b\#
                o+gPzdXSmbxNPcE45ndcDJDGrbDeg9qXXjxAvW0APqv6JaTFoF9XfTPVJ9j8DOt1Xu94mGEeejOZmxqyRrr7RYv3eM\#
                mQ8QjOycssjr2dkpyYJ2P988RagbriNGBYcdCHvZoyJZLkgyGZh4qt7aerMjr2XHmy/z9d7TMWpEuBJ11C75zksSvi\#
                +kxQiG75wkMIJ/I8SkKwjcTqTQIDAQAB
                """#,
            receivedAt: "2012-04-25T21:50:00Z",
            url: "https://ingest.example.test/in/aws-sns",
            headers: [:],
            body: #"""
                {"Type":"Notification","MessageId":"da41e39f-ea4d-435a-b922-c6aae3915ebe","TopicArn":"arn:\#
                aws:sns:us-west-2:123456789012:MyTopic","Message":"Hello world!","Timestamp":"2012-04-25T2\#
                1:49:25.719Z","SignatureVersion":"1","Signature":"MsEO1WqxaLwWBUmbKY7Z18Iq5NTt9xhd8vrOzABt\#
                cq/btZ2gUUnoo6/XDnt6qHa2UjEVsBoHwNtSTUpXZ9VHb22xpGNB57oBYz/LGVQNSb6ji+2S4wx77DnmSg/zxuN60w\#
                agxantrUDFF1sQEC4RsX7iZPT+2ah2/lwoPjdAPkYgM0efGCJu3w2WZqlK1gFM7wh1pAeMcxUyGaJR86yKCVXXTMbG\#
                XOB5bIs5QVRXJIyovp2c/G4JgJOft1TFoLU9MygSRIXWrKZFFf6KIKTEh7pCtS5oUGIJlv/85jykRZHYGvFsOwOgbl\#
                r+tgq8bjsnm5+txwSyFjsWQxmO9tvwCA==","SigningCertURL":"https://sns.us-west-2.amazonaws.com/\#
                SimpleNotificationService-00000000000000000000000000000000.pem","UnsubscribeURL":"https://\#
                sns.us-west-2.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-west-2:1234\#
                56789012:MyTopic:c9135db0-26c4-47ec-8998-413945fb5a96"}
                """#
        ),
    ]
}
