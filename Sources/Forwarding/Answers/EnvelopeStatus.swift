/// The `status` of an answer's envelope (audit API contract, section 1.1), read from the start of an answer.
///
/// Not a parser: it walks over the members of the outermost object until it meets `status`, which stands before
/// `result` in practice, so that an answer of any size costs a hundred bytes of reading.
enum EnvelopeStatus: Equatable {
    /// The first byte that is no white space begins no object.
    case notAnObject
    /// An object without a status, or with none in the part that was kept.
    case missing
    case status(String)

    init(startOf answer: UnsafeRawBufferPointer) {
        var scanner = Scanner(bytes: answer)
        guard scanner.skipToObject() else {
            self = .notAnObject
            return
        }
        self = scanner.status().map { .status($0) } ?? .missing
    }

    private struct Scanner {
        let bytes: UnsafeRawBufferPointer
        var index = 0

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        mutating func skipToObject() -> Bool {
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "{") else { return false }
            index += 1
            return true
        }

        mutating func skipSpace() {
            while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
        }

        /// The value of the member `status`, nil when the text ends or the object closes before it.
        mutating func status() -> String? {
            var depth = 1
            // Of the member that was met last, while its value has not begun.
            var isStatus = false
            var isName = true
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "\""):
                    guard let text = string() else { return nil }
                    if depth == 1 {
                        if isName {
                            isStatus = text.elementsEqual("status".utf8)
                        } else if isStatus {
                            return String(decoding: text, as: UTF8.self)
                        }
                    }
                    continue
                case UInt8(ascii: ":"):
                    if depth == 1 { isName = false }
                case UInt8(ascii: ","):
                    if depth == 1 {
                        isName = true
                        isStatus = false
                    }
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth == 0 { return nil }
                default:
                    break
                }
                index += 1
            }
            return nil
        }

        /// The bytes between two quotes, escapes as they stand; ends behind the second quote.
        private mutating func string() -> Slice<UnsafeRawBufferPointer>? {
            let start = index + 1
            var end = start
            while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
                end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard end < bytes.count else { return nil }
            index = end + 1
            return bytes[start..<end]
        }
    }
}
