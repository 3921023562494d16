internal import AuditLog
internal import GRDB

/// Checks a store's file as SQLite sees it, and that its tables, views and triggers are this version's.
enum StoreStructure {
    private struct Definition: Hashable {
        let kind: String
        let name: String
        let sql: String
    }

    /// Faults that SQLite tells of at most.
    private static let maximumFaults = 20

    /// What SQLite finds wrong with its pages, indices and constraints.
    static func faults(of connection: VerifierConnection) throws(StoreError) -> [String] {
        try connection.read { database in
            let rows = try RawStatement("PRAGMA integrity_check(\(maximumFaults))", in: database)
            defer { rows.reset() }
            var faults: [String] = []
            while try rows.step() {
                let fault = rows.text(at: 0)
                if fault != "ok" { faults.append("SQLite: \(fault)") }
            }
            return faults
        }
    }

    /// What is different from a store that this version made; an operator's own indices and tables are no fault.
    static func differences(in connection: VerifierConnection) throws(StoreError) -> [String] {
        let expected = try StoreStructure.expected.get()
        return try connection.read { database in
            let steps = try RawStatement("SELECT identifier FROM grdb_migrations", in: database)
            defer { steps.reset() }
            var applied: Set<String> = []
            while try steps.step() { applied.insert(steps.text(at: 0)) }
            if let missing = Migrations.all.first(where: { !applied.contains($0) }) {
                return ["the store is an older version's (step '\(missing)' is missing): serve it once with this one"]
            }
            if let unknown = applied.subtracting(Migrations.all).first {
                return ["the store was written by a newer version (step '\(unknown)')"]
            }
            let found = try definitions(in: database)
            let missing = expected.subtracting(found)
            let added = found.subtracting(expected).filter { definition in
                (definition.kind == "trigger" || definition.kind == "view")
                    && !missing.contains { $0.name == definition.name }
            }
            return missing.map { "the \($0.kind) '\($0.name)' is not as this version makes it" }.sorted()
                + added.map { "there is a \($0.kind) '\($0.name)' that this version does not make" }.sorted()
        }
    }

    private static func definitions(in database: Database) throws(StoreError) -> Set<Definition> {
        let rows = try RawStatement(
            "SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
            in: database
        )
        defer { rows.reset() }
        var definitions: Set<Definition> = []
        while try rows.step() {
            definitions.insert(Definition(kind: rows.text(at: 0), name: rows.text(at: 1), sql: rows.text(at: 2)))
        }
        return definitions
    }

    private static let expected: Result<Set<Definition>, StoreError> = Result { () throws(StoreError) in
        do {
            let queue = try DatabaseQueue()
            try Migrations.migrator().migrate(queue)
            return try queue.read { try definitions(in: $0) }
        } catch {
            throw StoreError(error, doing: "make an empty store to compare with")
        }
    }
}
