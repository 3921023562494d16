/// The text of an event that does not fit its schema, on its way to the store: the event and what did not fit.
///
/// They stand on a line each; the store keeps them in columns of their own.
///
///     {"message":"hi"}
///     [{"error":"'actor' must be a string","field":"actor","value":"7"}]
///
/// Canonical JSON holds no line break, and an event ends with a brace, so that the two are told apart by one look at the
/// last byte; the text of every other event stays a plain object.
package enum MalformedEvent {
    static let separator = UInt8(ascii: "\n")

    /// The event and what did not fit; nil for an event that fits.
    @inline(__always)
    package static func split(
        _ text: UnsafeRawBufferPointer
    ) -> (event: UnsafeRawBufferPointer, errors: UnsafeRawBufferPointer)? {
        guard text.last == UInt8(ascii: "]") else { return nil }
        return splitAtLine(text)
    }

    @inline(never)
    private static func splitAtLine(
        _ text: UnsafeRawBufferPointer
    ) -> (event: UnsafeRawBufferPointer, errors: UnsafeRawBufferPointer)? {
        guard let line = text.firstIndex(of: separator) else { return nil }
        return (
            UnsafeRawBufferPointer(rebasing: text[..<line]), UnsafeRawBufferPointer(rebasing: text[(line + 1)...])
        )
    }
}
