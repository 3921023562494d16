/// One field of a log's schema.
package struct Field: Equatable, Sendable {
    /// What a field may hold.
    ///
    /// No floating point type exists, so none can reach a hash.
    package enum Kind: String, Sendable, CaseIterable {
        /// Indexed text, searched by phrase.
        case string
        /// Full text.
        case text
        /// Stored, neither searchable nor sortable.
        case stringUnindexed = "string-unindexed"
        case integer
        case boolean
        /// Text in one of the forms of ``Timestamp/isDateTime(_:)``, kept as it was sent.
        case datetime

        package var isText: Bool {
            switch self {
            case .string, .text, .stringUnindexed: true
            case .integer, .boolean, .datetime: false
            }
        }
    }

    /// `^[a-z][0-9a-z_]*$`, at most 32 characters, never `received_at`.
    package let id: String
    package let kind: Kind
    /// Longest text in Unicode characters (scalars); nil for fields without a limit of their own.
    package let size: Int?
    package let isRequired: Bool
    package let name: String?
    package let description: String?
    /// Whether viewers show it without being asked to.
    package let isVisible: Bool

    package init(
        id: String,
        kind: Kind,
        size: Int? = nil,
        isRequired: Bool = false,
        name: String? = nil,
        description: String? = nil,
        isVisible: Bool = true
    ) {
        self.id = id
        self.kind = kind
        self.size = size
        self.isRequired = isRequired
        self.name = name
        self.description = description
        self.isVisible = isVisible
    }
}
