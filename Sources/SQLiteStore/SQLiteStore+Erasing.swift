extension SQLiteStore {
    /// Why an event is gone whose retention was over; every other reason is a person's.
    static let retentionReason = "retention"
}
