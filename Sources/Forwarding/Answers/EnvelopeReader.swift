/// Finds the `status` of an answer's envelope while the answer comes, piece by piece.
///
/// Not a parser: it walks over the members of the outermost object until it meets `status`. That stands before `result`
/// in practice, so that an answer of any size costs a hundred bytes of reading. The contract gives no order, though, and
/// an answer for a thousand events whose `status` comes last says `Success` as well.
struct EnvelopeReader {
    private enum Place {
        case beforeObject
        case inObject
        case inString
        case behindBackslash
        case atEnd
    }

    /// What was found so far.
    private(set) var status = EnvelopeStatus.notAnObject
    private var place = Place.beforeObject
    private var depth = 0
    // Of the outermost object's member that is being read.
    private var isName = true
    private var isStatus = false
    /// The string that is being read, as it stands and no more of it than matters.
    private var text: [UInt8] = []

    /// Longest string that is looked at; a status has some twenty letters.
    private static let keptBytes = 1024

    mutating func read(_ bytes: UnsafeRawBufferPointer) {
        guard place != .atEnd else { return }
        for byte in bytes {
            switch place {
            case .beforeObject: begin(byte)
            case .inObject: walk(byte)
            case .inString:
                switch byte {
                case UInt8(ascii: "\""): endString()
                case UInt8(ascii: "\\"):
                    place = .behindBackslash
                    keep(byte)
                default: keep(byte)
                }
            case .behindBackslash:
                place = .inString
                keep(byte)
            case .atEnd: return
            }
        }
    }

    private mutating func begin(_ byte: UInt8) {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: break
        case UInt8(ascii: "{"):
            status = .missing
            depth = 1
            place = .inObject
        default: place = .atEnd
        }
    }

    private mutating func walk(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""):
            text.removeAll(keepingCapacity: true)
            place = .inString
        case UInt8(ascii: ":"):
            if depth == 1 { isName = false }
        case UInt8(ascii: ","):
            if depth == 1 {
                isName = true
                isStatus = false
            }
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if depth == 0 { place = .atEnd }
        default: break
        }
    }

    private mutating func keep(_ byte: UInt8) {
        guard depth == 1, text.count < EnvelopeReader.keptBytes else { return }
        text.append(byte)
    }

    private mutating func endString() {
        place = .inObject
        guard depth == 1 else { return }
        if isName {
            isStatus = text.elementsEqual("status".utf8)
        } else if isStatus {
            status = .status(String(decoding: text, as: UTF8.self))
            place = .atEnd
        }
    }
}
