/// The six events that a load is made of: logins, a failure, a token, a management call and a second factor.
///
/// The names and addresses are made up; `#` and `HH:MM:SS.mmm` are overwritten by ``Payload``.
enum PayloadTemplates {
    static let all = [login, failedLogin, tokenExchange, managementCall, secondFactor, crossOriginFailure]

    private static let login = #"""
        {"log_id":"9002026112300000000000000000000000000##################",\#
        "data":{"date":"2026-11-23THH:MM:SS.mmmZ","type":"s",\#
        "description":"Successful login (bench-##################)","connection":"Members-Database",\#
        "connection_id":"con_b3NchMembersDb01","client_id":"b3NchPortalClientId0000000000001",\#
        "client_name":"Member Portal","ip":"198.51.100.23","client_ip":null,\#
        "user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML,\#
         like Gecko) Chrome/142.0.0.0 Safari/537.36","hostname":"login.hazel-example.eu.auth0.com",\#
        "user_id":"auth0|65f0b3nch0000000000a1","user_name":"søren@hazel.example","strategy":"auth0",\#
        "strategy_type":"database","audience":"https://api.hazel.example/v1","scope":["openid","profile","email",\#
        "offline_access"],"tenant_name":"hazel-example","environment_name":"prod-eu-2","isMobile":false,\#
        "$event_schema":{"version":"1.0.0"},"log_id":"9002026112300000000000000000000000000##################",\#
        "_id":"9002026112300000000000000000000000000##################",\#
        "details":{"prompts":[{"name":"prompt-authenticate","initiatedAt":1795420800100,\#
        "completedAt":1795420800171,"connection":"Members-Database","connection_id":"con_b3NchMembersDb01",\#
        "strategy":"auth0","identity":"65f0b3nch0000000000a1","stats":{"loginsCount":23},"elapsedTime":71},\#
        {"name":"login","flow":"universal-login","initiatedAt":1795420790100,"completedAt":1795420800191,\#
        "user_id":"auth0|65f0b3nch0000000000a1","user_name":"søren@hazel.example","timers":{"rules":4},\#
        "elapsedTime":10091}],"initiatedAt":1795420790090,"completedAt":1795420800210,"elapsedTime":10120,\#
        "session_id":"ses_b3nch00000000000000000001","stats":{"loginsCount":23}},\#
        "auth0_client":{"name":"auth0-react","version":"2.2.0"}}}
        """#

    private static let failedLogin = #"""
        {"log_id":"9002026112300000000000000000000000000##################",\#
        "data":{"date":"2026-11-23THH:MM:SS.mmmZ","type":"fp",\#
        "description":"Wrong email or password. (bench-##################)","connection":"Members-Database",\#
        "connection_id":"con_b3NchMembersDb01","client_id":"b3NchPortalClientId0000000000001",\#
        "client_name":"Member Portal","ip":"198.51.100.23","client_ip":null,\#
        "user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML,\#
         like Gecko) Chrome/142.0.0.0 Safari/537.36","hostname":"login.hazel-example.eu.auth0.com",\#
        "user_id":"auth0|65f0b3nch0000000000a1","user_name":"petra@hazel.example","strategy":"auth0",\#
        "strategy_type":"database","audience":"https://api.hazel.example/v1","scope":["openid","profile","email",\#
        "offline_access"],"tenant_name":"hazel-example","environment_name":"prod-eu-2","isMobile":false,\#
        "$event_schema":{"version":"1.0.0"},"log_id":"9002026112300000000000000000000000000##################",\#
        "_id":"9002026112300000000000000000000000000##################",\#
        "details":{"error":{"message":"Wrong email or password.","reason":"invalid_credentials"},\#
        "body":{"username":"petra@hazel.example","tenant":"hazel-example",\#
        "client_id":"b3NchPortalClientId0000000000001"},"session_id":"ses_b3nch00000000000000000002"}}}
        """#

    private static let tokenExchange = #"""
        {"log_id":"9002026112300000000000000000000000000##################",\#
        "data":{"date":"2026-11-23THH:MM:SS.mmmZ","type":"seacft",\#
        "description":"Authorization code exchanged (bench-##################)","connection":"Members-Database",\#
        "connection_id":"con_b3NchMembersDb01","client_id":"b3NchPortalClientId0000000000001",\#
        "client_name":"Member Portal","ip":"198.51.100.23","client_ip":null,\#
        "user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML,\#
         like Gecko) Chrome/142.0.0.0 Safari/537.36","hostname":"login.hazel-example.eu.auth0.com","user_id":"",\#
        "user_name":"","strategy":"auth0","strategy_type":"database","audience":"https://api.hazel.example/v1",\#
        "scope":["openid","profile","email","offline_access"],"tenant_name":"hazel-example",\#
        "environment_name":"prod-eu-2","isMobile":false,"$event_schema":{"version":"1.0.0"},\#
        "log_id":"9002026112300000000000000000000000000##################",\#
        "_id":"9002026112300000000000000000000000000##################","details":{"code":"*************b3n",\#
        "familyId":"fam_b3nch000000001"},"auth0_client":{"name":"nextjs-auth0","version":"4.1.0",\#
        "env":{"node":"v22.11.0"}}}}
        """#

    private static let managementCall = #"""
        {"log_id":"9002026112300000000000000000000000000##################",\#
        "data":{"date":"2026-11-23THH:MM:SS.mmmZ","type":"sapi",\#
        "description":"Update a client (bench-##################)","connection":"Members-Database",\#
        "connection_id":"con_b3NchMembersDb01","client_id":"b3NchPortalClientId0000000000001","client_name":"",\#
        "ip":"198.51.100.23","client_ip":null,\#
        "user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML,\#
         like Gecko) Chrome/142.0.0.0 Safari/537.36","hostname":"login.hazel-example.eu.auth0.com",\#
        "user_id":"auth0|65f0b3nch0000000000a1","user_name":"søren@hazel.example","strategy":"auth0",\#
        "strategy_type":"database","audience":"https://api.hazel.example/v1","scope":["openid","profile","email",\#
        "offline_access"],"tenant_name":"hazel-example","environment_name":"prod-eu-2","isMobile":false,\#
        "$event_schema":{"version":"1.0.0"},"log_id":"9002026112300000000000000000000000000##################",\#
        "_id":"9002026112300000000000000000000000000##################","details":{"request":{"method":"patch",\#
        "path":"/api/v2/clients/b3NchPortalClientId0000000000001","query":{},\#
        "userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML,\#
         like Gecko) Chrome/142.0.0.0 Safari/537.36","body":{"name":"Member \"Portal\"",\#
        "callbacks":["https://portal.hazel.example/callback"],"jwt_configuration":{"lifetime_in_seconds":36000}},\#
        "channel":"https://manage.auth0.com/","ip":"198.51.100.23",\#
        "auth":{"user":{"user_id":"google-oauth2|100000000000000000001","name":"Ada Önder",\#
        "email":"ada@hazel.example"},"strategy":"jwt","credentials":{"jti":"b3nch0000000000000000000000000001",\#
        "scopes":["read:clients","update:clients","read:logs","read:users"]}}},"response":{"statusCode":200,\#
        "body":{"client_id":"b3NchPortalClientId0000000000001","is_first_party":true,\#
        "grant_types":["authorization_code","refresh_token"]}}}}}
        """#

    private static let secondFactor = #"""
        {"log_id":"9002026112300000000000000000000000000##################",\#
        "data":{"date":"2026-11-23THH:MM:SS.mmmZ","type":"gd_auth_succeed",\#
        "description":"Second factor accepted (bench-##################)","connection":"Members-Database",\#
        "connection_id":"con_b3NchMembersDb01","client_id":"b3NchPortalClientId0000000000001",\#
        "client_name":"Member Portal","ip":"198.51.100.23","client_ip":null,\#
        "user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML,\#
         like Gecko) Chrome/142.0.0.0 Safari/537.36","hostname":"login.hazel-example.eu.auth0.com",\#
        "user_id":"auth0|65f0b3nch0000000000a1","user_name":"søren@hazel.example","strategy":"auth0",\#
        "strategy_type":"database","audience":"https://api.hazel.example/v1","scope":["openid","profile","email",\#
        "offline_access"],"tenant_name":"hazel-example","environment_name":"prod-eu-2","isMobile":false,\#
        "$event_schema":{"version":"1.0.0"},"log_id":"9002026112300000000000000000000000000##################",\#
        "_id":"9002026112300000000000000000000000000##################",\#
        "details":{"authenticator":{"id":"push|dev_b3nch0000000001","type":"push-notification"},\#
        "factor":"push"}}}
        """#

    private static let crossOriginFailure = #"""
        {"log_id":"9002026112300000000000000000000000000##################",\#
        "data":{"date":"2026-11-23THH:MM:SS.mmmZ","type":"fcoa",\#
        "description":"Cross-origin login failed\n\tat the origin (bench-##################)",\#
        "connection":"Members-Database","connection_id":"con_b3NchMembersDb01",\#
        "client_id":"b3NchPortalClientId0000000000001","client_name":"Member Portal","ip":"198.51.100.23",\#
        "client_ip":null,"user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML,\#
         like Gecko) Chrome/142.0.0.0 Safari/537.36","hostname":"login.hazel-example.eu.auth0.com",\#
        "user_id":"auth0|65f0b3nch0000000000a1","user_name":"søren@hazel.example","strategy":"auth0",\#
        "strategy_type":"database","audience":"https://api.hazel.example/v1","scope":["openid","profile","email",\#
        "offline_access"],"tenant_name":"hazel-example","environment_name":"prod-eu-2","isMobile":false,\#
        "$event_schema":{"version":"1.0.0"},"log_id":"9002026112300000000000000000000000000##################",\#
        "_id":"9002026112300000000000000000000000000##################",\#
        "details":{"error":{"message":"Unable to verify the origin ✓ https://shop.hazel.example",\#
        "oauthError":"access_denied","type":"request-error"},\#
        "qs":{"client_id":"b3NchPortalClientId0000000000001","response_type":"token id_token",\#
        "redirect_uri":"https://portal.hazel.example/callback","state":"c3RhdGUtb2YtdGhlLWJlbmNobWFyaw",\#
        "prompt":"none"}}}}
        """#
}
