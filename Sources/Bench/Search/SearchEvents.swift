internal import JSON
internal import Schema

/// Made-up events as the `auth0` mapping gives them, of about 600 bytes, which a number makes different from each other.
///
/// What they hold is as unequal as in a real log: a few kinds of event are most of it, a few users are busy, one failure
/// in ten. The same number gives the same event.
struct SearchEvents {
    static let schema = EventSchema.gateway
    /// Kinds of event with their share in a thousand; the last one is all that is left.
    static let actions: [(name: String, share: Int, message: String)] = [
        ("login_succeeded", 380, "Successful login"), ("token_exchanged", 250, "Authorization code exchanged"),
        ("login_failed", 90, "Wrong email or password."), ("second_factor_passed", 80, "Second factor accepted"),
        ("management_call", 60, "Update a client"), ("logout_succeeded", 50, "User successfully logged out"),
        ("password_changed", 30, "Successful password change"), ("account_blocked", 20, "Account blocked after tries"),
        ("role_assigned", 15, "Role assigned to a member"), ("passkey_enrolled", 9, "Passkey enrolled"),
        ("connection_deleted", 1, "Connection deleted"), ("silent_login_succeeded", 15, "Silent authentication"),
    ]
    static let tenants = ["hazel-example", "birch-coop", "alder-bank", "rowan-labs", "maple-stores", "willow-city"]
    static let userCount = 40_000

    private static let names = [
        "maria", "søren", "petra", "lin", "amara", "yusuf", "chloé", "dmitri", "ines", "kofi", "noor", "pavel", "rosa",
        "tomás", "uma", "viktor", "wanjiru", "xiomara", "zeynep", "björn",
    ]
    private static let agents = (120..<145).map { version in
        """
        Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/\(version).0.0.0 Safari/537.36
        """
    }

    private var encoder = EventEncoder(schema: schema)

    /// The address of a user.
    static func user(_ number: Int) -> String {
        "\(names[number % names.count]).\(number)@\(tenant(ofUser: number)).test"
    }

    static func tenant(ofUser number: Int) -> String { tenants[min(number % 16, 15) % tenants.count] }

    /// What identifies an event: 24 hexadecimal digits.
    static func id(of number: Int) -> String {
        let digits = String(mixed(UInt64(number) &+ 1 << 40), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + String(number + 0x1000_0000, radix: 16)
    }

    /// Appends the event of a number.
    mutating func append(_ number: Int) {
        let random = SearchEvents.mixed(UInt64(number))
        // Of two draws the lower one: some users are busier than others.
        let first = Int(random % UInt64(SearchEvents.userCount))
        let user = min(first, Int(random >> 20 % UInt64(SearchEvents.userCount)))
        var rest = Int(random >> 40 % 1000)
        let action = SearchEvents.actions.first { action in
            rest -= action.share
            return rest < 0
        }
        guard let action else { return }
        let isFailure = action.name.hasSuffix("failed") || action.name.hasSuffix("blocked")
        let address = "10.\(user % 8).\(user / 8 % 250).\(user % 240 + 1)"
        let name = SearchEvents.user(user)
        let values: [String: String] = [
            "message": "\(action.message) (\(name) from \(address))",
            "actor": name,
            "action": action.name,
            "source": "198.51.100.\(user % 250)",
            "status": number % 100 == 99 ? "other" : isFailure ? "failure" : "success",
            "target": ["Member Portal", "Management API", "Mobile App", "Partner Desk"][user % 4],
            "tenant_id": SearchEvents.tenant(ofUser: user),
            "timestamp": "2026-11-\(10 + number / 3_600_000 % 20)T\(time(number))Z",
            "actor_id": "auth0|\(String(SearchEvents.mixed(UInt64(user)), radix: 16))",
            "actor_name": name,
            "source_ip": address,
            "user_agent": SearchEvents.agents[user % SearchEvents.agents.count],
            "vendor": "auth0",
            "event_id": SearchEvents.id(of: number),
            "context":
                #"{"connection":"Members-Database","client_id":"b3NchPortalClientId01","hostname":"login.test"}"#,
        ]
        encoder.begin()
        for (index, field) in SearchEvents.schema.fields.enumerated() {
            guard let value = values[field.id] else { continue }
            encoder.append(field: index) { $0.append(string: value) }
        }
        encoder.finish()
    }

    /// Hands over the events appended.
    mutating func take() -> EncodedEvents { encoder.take() }

    private func time(_ number: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let milliseconds = "00\(number % 1000)".suffix(3)
        return "\(two(number / 360_000 % 24)):\(two(number / 60_000 % 60)):\(two(number / 1000 % 60)).\(milliseconds)"
    }

    /// The finaliser of splitmix64: a number that looks random.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = number &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
