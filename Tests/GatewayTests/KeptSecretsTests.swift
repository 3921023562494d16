import Foundation
import Testing

@testable import Gateway
@testable import Receiving

@Suite struct `Kept secrets` {
    private static let second: Int64 = 1_000_000
    private static let now: Int64 = 1_795_000_000 * second

    /// Calls `body` with a folder that is gone afterwards.
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "/kept-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private func secret(_ text: String) -> KeptSecret { KeptSecret(key: "secret", value: Array(text.utf8)) }

    @Test func `are waited for ten minutes from the last arming`() throws {
        try withFolder { folder in
            let secrets = try KeptSecrets(directory: folder)
            #expect(!secrets.isArmed("a", now: Self.now))
            #expect(secrets.arm("a", now: Self.now) == Self.now + 600 * Self.second)
            #expect(secrets.isArmed("a", now: Self.now))
            #expect(secrets.isArmed("a", now: Self.now + 600 * Self.second - 1))
            #expect(!secrets.isArmed("a", now: Self.now + 600 * Self.second))
            #expect(!secrets.isArmed("b", now: Self.now))
            _ = secrets.arm("a", now: Self.now + 599 * Self.second)
            #expect(secrets.isArmed("a", now: Self.now + 1198 * Self.second))
            #expect(!secrets.isArmed("a", now: Self.now + 1199 * Self.second))
        }
    }

    @Test func `end the waiting, and only where they are kept`() throws {
        try withFolder { folder in
            let secrets = try KeptSecrets(directory: folder)
            _ = secrets.arm("a", now: Self.now)
            _ = secrets.arm("b", now: Self.now)
            try secrets.keep(secret("one"), for: "a")
            #expect(!secrets.isArmed("a", now: Self.now))
            #expect(secrets.isArmed("b", now: Self.now))
            #expect(secrets.values(of: "a") == ["secret": Array("one".utf8)])
            // On disk before it is told.
            #expect(try KeptSecrets(directory: folder).values(of: "a") == ["secret": Array("one".utf8)])
        }
    }

    @Test func `that cannot be written change nothing`() throws {
        try withFolder { folder in
            let secrets = try KeptSecrets(directory: folder)
            _ = secrets.arm("a", now: Self.now)
            try FileManager.default.removeItem(atPath: folder)
            #expect(throws: KeptSecretError.self) { try secrets.keep(secret("one"), for: "a") }
            #expect(secrets.values(of: "a").isEmpty)
            #expect(secrets.isArmed("a", now: Self.now))
        }
    }
}
