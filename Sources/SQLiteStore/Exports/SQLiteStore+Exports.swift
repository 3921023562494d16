package import AuditLog
internal import GRDB

extension SQLiteStore {
    /// The sequences of the events of a log that were received in a time, and the sizes of its trees, of one moment.
    ///
    /// - Parameters:
    ///   - log: the log.
    ///   - receivedAt: microseconds since 1970, both ends included.
    /// - Returns: nil for the sequences when there are none.
    /// - Throws: ``StoreError`` when the store cannot be read.
    package func exportRange(
        of log: LogID,
        receivedAt: ClosedRange<Int64>
    ) throws(StoreError) -> (sequences: ClosedRange<UInt64>?, sizes: TreeSizes) {
        try read("fix what is exported") { database in
            let sizes = try treeSizes(TreeTables(database, log: log))
            guard let first = try boundary(log, atOrAfter: receivedAt.lowerBound, in: database) else {
                return (nil, sizes)
            }
            var last = sizes.head
            if receivedAt.upperBound < .max,
                let end = try boundary(log, atOrAfter: receivedAt.upperBound + 1, in: database)
            {
                last = min(last, end.sequence - 1)
            }
            return (first.sequence <= last ? first.sequence...last : nil, sizes)
        }
    }

    /// How many events of a range were erased on demand.
    ///
    /// Those past their retention do not count: a file that was made before then lives no longer than two days anyway.
    func countErasures(in log: LogID, sequences: ClosedRange<UInt64>) throws(StoreError) -> Int64 {
        try read("count erased events") { database in
            try Int64.fetchOne(
                database,
                sql: "SELECT count(*) FROM erased WHERE event BETWEEN ? AND ? AND reason <> ?",
                arguments: [
                    EventRow(log, sequences.lowerBound).rawValue, EventRow(log, sequences.upperBound).rawValue,
                    SQLiteStore.retentionReason,
                ]
            ) ?? 0
        }
    }
}
