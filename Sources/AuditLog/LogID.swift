/// The store's own number of a log; it never changes and is never used again.
package struct LogID: RawRepresentable, Hashable, Sendable, Comparable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static func < (a: LogID, b: LogID) -> Bool { a.rawValue < b.rawValue }
}

/// A log as the store knows it: its number, its names and its schema.
package struct LogIdentity: Sendable, Equatable {
    package let id: LogID
    /// The operator's name for it.
    package let name: String
    /// The API's name for it: `pci_` and 32 characters of `a-z2-7`, made when the log first appeared.
    package let configurationID: String
    /// 64 hex digits that name its tree for good.
    package let treeName: String

    package init(id: LogID, name: String, configurationID: String, treeName: String) {
        self.id = id
        self.name = name
        self.configurationID = configurationID
        self.treeName = treeName
    }
}
