extension GatewaySettings {
    /// Where events are kept.
    package struct Store: Sendable {
        /// The SQLite file.
        package let path: String

        /// The file's folder, which holds everything else that is kept.
        package var dataDirectory: String { FileText.directory(of: path) }

        init(_ section: Section<StoreKey>) {
            var section = section
            section.override(.url, by: .storeURL)
            path = section.validation.path(Self.path(section) ?? "data/audit.db")
        }

        private static func path(_ section: Section<StoreKey>) -> String? {
            guard let url = section.text(.url) else { return nil }
            let scheme = "sqlite:"
            guard url.value.hasPrefix(scheme) else {
                section.validation.problem(
                    "store.url must be \"sqlite:PATH\", such as \"sqlite:data/audit.db\"",
                    at: url.place
                )
                return nil
            }
            var path = url.value.dropFirst(scheme.count)
            // sqlite:///absolute/path is the same as sqlite:/absolute/path.
            if path.hasPrefix("///") { path = path.dropFirst(2) }
            guard !path.isEmpty, !path.hasPrefix("//"), !path.hasPrefix(":"), !path.hasSuffix("/"), !path.contains("\0")
            else {
                section.validation.problem(
                    "store.url names no file behind 'sqlite:'; write \"sqlite:data/audit.db\"",
                    at: url.place
                )
                return nil
            }
            return String(path)
        }
    }
}
