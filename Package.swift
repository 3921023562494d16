// swift-tools-version:6.2
import PackageDescription

// What every Swift target of ours is compiled with: Swift 6 mode, and no warning survives.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // Rooms are small and call each other for every record: let the optimiser see across them, and leave out the checks
    // of exclusive access at run time, which the compiler has done wherever it can.
    .unsafeFlags(["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// One room of the house: a target whose folder under `Sources` carries its name.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of one room, with their fixtures beside them.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: dependencies + [.target(name: name)],
        resources: resources,
        swiftSettings: strict
    )
}

let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
]

let package = Package(
    name: "audit-gateway",
    products: [.executable(name: "audit-gateway", targets: ["CLI"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    ],
    targets: [
        // C doors
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .target(name: "CSimdjson", cxxSettings: [.unsafeFlags(["-O3"])], linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
        .target(name: "CLinux"),
        .target(name: "CSQLiteFiles", linkerSettings: [.linkedLibrary("sqlite3")]),

        // 0 ground
        room("JSON", ["CSimdjson"]),
        room("Cryptography", ["COpenSSL", "CZlib", "CZstd"]),
        room("Telemetry"),
        // 1 words
        room("JMESPath", ["JSON"]),
        room("Schema", ["JSON"]),
        room("Merkle", ["Cryptography"]),
        // 2 rules
        room("Mapping", ["JMESPath", "Schema", "JSON", "Cryptography", "CRE2"]),
        room("Restriction", ["Schema", "JSON"]),
        // 3 stages
        room("Receiving", ["Mapping", "Restriction", "JMESPath", "Schema", "JSON", "Cryptography"]),
        room(
            "AuditLog",
            [
                "Schema", "Restriction", "Merkle", "JSON", "Cryptography", "Telemetry",
                .product(name: "DequeModule", package: "swift-collections"),
            ]
        ),
        // 4 edges
        room(
            "SQLiteStore",
            [
                "AuditLog", "Schema", "Merkle", "JSON", "Cryptography", "Telemetry", "CSQLiteFiles",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]
        ),
        room(
            "Forwarding",
            [
                "AuditLog", "Mapping", "Restriction", "JSON", "Cryptography", "Telemetry", "CCurl",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        room("Settings", ["Schema", "Restriction", "JSON", "Cryptography"]),
        room(
            "Bench",
            [
                "SQLiteStore", "AuditLog", "Receiving", "Mapping", "Schema", "JSON", "CLinux",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]
        ),
        // 5 house
        room(
            "Gateway",
            [
                "Settings", "Forwarding", "SQLiteStore", "AuditLog", "Receiving", "Restriction", "Mapping", "JMESPath",
                "Schema", "Merkle",
                "Telemetry", "Cryptography", "JSON",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ] + hummingbird
        ),
        // 6 door
        .executableTarget(
            name: "CLI",
            dependencies: [
                "Gateway", "Bench", "Settings", "Forwarding", "SQLiteStore", "AuditLog", "Receiving", "Mapping",
                "JMESPath", "Merkle", "Schema", "JSON", "Cryptography",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        // Tests
        tests("JSON", []),
        tests("Cryptography", []),
        tests("Telemetry", []),
        tests("JMESPath", ["JSON"]),
        tests("Schema", ["JSON"]),
        tests("Merkle", ["JSON", "Cryptography"]),
        tests("Mapping", ["JMESPath", "Schema", "JSON", "Cryptography"]),
        tests("Restriction", ["Schema", "JSON"]),
        tests("Receiving", ["Mapping", "Restriction", "JMESPath", "Schema", "JSON", "Cryptography"]),
        tests("AuditLog", ["Schema", "Restriction", "Merkle", "JSON", "Cryptography"]),
        tests(
            "SQLiteStore",
            [
                "AuditLog", "Schema", "Merkle", "JSON", "Cryptography",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]
        ),
        tests(
            "Forwarding",
            [
                "AuditLog", "Mapping", "Restriction", "Schema", "JSON", "Cryptography", "Telemetry",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        tests("Settings", ["Schema", "Restriction", "JSON", "Cryptography"]),
        tests("Bench", ["JSON"]),
        tests(
            "Gateway",
            ["Settings", "AuditLog", "Mapping", "Receiving", "Restriction", "Schema", "Cryptography", "JSON"]
        ),
        // Starts the real executable, so it depends on it and on nothing inside.
        .testTarget(name: "EndToEndTests", dependencies: ["CLI"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
