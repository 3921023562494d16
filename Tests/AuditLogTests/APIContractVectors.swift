import AuditLog
import Foundation
import JSON
import Schema

/// The audit API contract's own vectors, when they lie beside the checkout; the tests stand without them.
enum ContractVectors {
    /// A file of vectors as a JSON value that owns its bytes, or nil (said once on the console) when it is not there.
    static func load(_ name: String) -> JSONValue? {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.deletingLastPathComponent().appending(path: "shared/contract/vectors/\(name)")
        let document = JSONDocument()
        guard let bytes = try? Data(contentsOf: file), (try? document.parse([UInt8](bytes))) != nil else {
            print("skipped: the contract's \(name) is not beside the checkout")
            return nil
        }
        return document.root.owned()
    }
}

extension EventSchema {
    /// The schema of the clients' own tests (audit API contract, section 2.2).
    static let custom = EventSchema(fields: [
        Field(id: "message", kind: .string, size: 32766, isRequired: true),
        Field(id: "field_int", kind: .integer),
        Field(id: "field_bool", kind: .boolean),
        Field(id: "field_str_short", kind: .string, size: 128),
        Field(id: "field_str_long", kind: .stringUnindexed, size: 32766),
        Field(id: "field_time", kind: .datetime, size: 128),
    ])
}

extension StoredEvent {
    /// An event made of JSON text, received one second after the one before it.
    init(_ sequence: UInt64, _ json: String) {
        let document = JSONDocument()
        var writer = JSONWriter()
        if (try? document.parse(Array(json.utf8))) != nil { writer.append(canonical: document.root) }
        self.init(
            sequence: sequence,
            receivedAt: 1_700_000_000_000_000 + Int64(sequence) * 1_000_000,
            event: writer.bytes,
            signature: nil,
            hash: [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: 32)
        )
    }
}

/// Calls a function that refuses requests and gives its problems; none when it accepts.
func problems(_ body: () throws(APIRefusal) -> Void) -> [APIProblem] {
    do throws(APIRefusal) {
        try body()
        return []
    } catch {
        return error.problems
    }
}

/// A generator that gives the same numbers in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
