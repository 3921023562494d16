internal import Cryptography

/// A token, password or key that is compared and sent, never shown: it prints as `•••` wherever it stands.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let storage: [UInt8]

    package init(_ bytes: [UInt8]) { storage = bytes }

    package init(_ text: String) { storage = Array(text.utf8) }

    /// The secret itself, for a key or a header.
    package var bytes: [UInt8] { storage }

    /// Compares without telling by the time it takes where the difference is.
    package func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        storage.withUnsafeBytes { isEqualInConstantTime($0, other) }
    }

    package var description: String { "•••" }
    package var debugDescription: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

extension Secret: Equatable {
    package static func == (a: Secret, b: Secret) -> Bool { b.storage.withUnsafeBytes { a.isEqual(to: $0) } }
}
