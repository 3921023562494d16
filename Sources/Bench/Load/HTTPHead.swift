internal import Glibc

/// What the framing of a request or an answer needs of its head (RFC 9112).
struct HTTPHead {
    /// Of an answer; 0 when the first line is that of a request.
    private(set) var status = 0
    /// With the empty line behind it.
    let byteCount: Int
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var closesConnection = false
    private(set) var isMalformed = false

    /// Nil until the head is complete.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let end = firstOffset(of: "\r\n\r\n", in: bytes) else { return nil }
        byteCount = end + 4
        guard let base = bytes.baseAddress else { return nil }
        readFirstLine(bytes)
        var offset = 0
        // Up to the line feed of the last line.
        while let feed = memchr(base + offset, 0x0A, end + 2 - offset) {
            offset = UnsafeRawPointer(feed) - base + 1
            guard offset < end else { break }
            readLine(base + offset, upTo: base + end)
        }
    }

    private mutating func readFirstLine(_ bytes: UnsafeRawBufferPointer) {
        // HTTP/1.1 200 OK
        guard bytes.starts(with: "HTTP/1.".utf8) else { return }
        guard byteCount >= 16, bytes[8] == 0x20 else { isMalformed = true; return }
        for digit in bytes[9..<12] {
            guard (0x30...0x39).contains(digit) else { isMalformed = true; return }
            status = status * 10 + Int(digit - 0x30)
        }
        if bytes[7] == UInt8(ascii: "0") { closesConnection = true }
    }

    private mutating func readLine(_ line: UnsafeRawPointer, upTo end: UnsafeRawPointer) {
        let text = line.assumingMemoryBound(to: CChar.self)
        // Names that matter begin with c and t; strncasecmp stops at the line's end, which no name contains.
        switch UInt8(bitPattern: text.pointee) | 0x20 {
        case UInt8(ascii: "c"):
            if strncasecmp(text, "content-length:", 15) == 0 {
                contentLength = Self.number(line + 15, upTo: end)
                if contentLength == nil { isMalformed = true }
            } else if strncasecmp(text, "connection:", 11) == 0 {
                if Self.value(line + 11, upTo: end, isEqualTo: "close") { closesConnection = true }
                if Self.value(line + 11, upTo: end, isEqualTo: "keep-alive") { closesConnection = false }
            }
        case UInt8(ascii: "t"):
            if strncasecmp(text, "transfer-encoding:", 18) == 0,
                Self.value(line + 18, upTo: end, isEqualTo: "chunked")
            {
                isChunked = true
            }
        default: break
        }
    }

    private static func number(_ start: UnsafeRawPointer, upTo end: UnsafeRawPointer) -> Int? {
        var place = start
        while place < end, place.load(as: UInt8.self) == 0x20 { place += 1 }
        var value: Int?
        while place < end {
            let digit = place.load(as: UInt8.self)
            guard (0x30...0x39).contains(digit) else { break }
            value = (value ?? 0) * 10 + Int(digit - 0x30)
            // Beyond any body that is sent here.
            guard value ?? 0 < 1 << 40 else { return nil }
            place += 1
        }
        return value
    }

    private static func value(
        _ start: UnsafeRawPointer,
        upTo end: UnsafeRawPointer,
        isEqualTo text: StaticString
    ) -> Bool {
        var place = start
        while place < end, place.load(as: UInt8.self) == 0x20 { place += 1 }
        return end - place >= text.utf8CodeUnitCount
            && strncasecmp(
                place.assumingMemoryBound(to: CChar.self),
                UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self),
                text.utf8CodeUnitCount
            ) == 0
    }
}
