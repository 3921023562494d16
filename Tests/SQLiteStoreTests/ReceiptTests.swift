import AuditLog
import Cryptography
import Foundation
import JSON
import Merkle
import SQLiteStore
import Testing

/// A receipt's members, to change some and write it again.
private struct EditableReceipt {
    var members: [(name: String, value: JSONValue)]

    init(_ bytes: [UInt8]) throws {
        let document = JSONDocument()
        try document.parse(bytes)
        members = try #require(document.root.members).map {
            (String(decoding: $0.name, as: UTF8.self), $0.value.owned())
        }
    }

    subscript(name: String) -> JSONValue? {
        get { members.first { $0.name == name }?.value }
        set {
            guard let index = members.firstIndex(where: { $0.name == name }) else {
                if let newValue { members.append((name, newValue)) }
                return
            }
            if let newValue { members[index].value = newValue } else { members.remove(at: index) }
        }
    }

    func text(_ name: String) -> String { self[name]?.stringValue ?? "" }

    /// Changes a text by its characters.
    mutating func replace(_ name: String, _ old: String, with new: String) {
        #expect(text(name).contains(old), "\(name)")
        self[name] = .string(text(name).replacing(old, with: new))
    }

    /// Flips a bit of a text of hex digits or of the entry.
    mutating func flip(_ name: String, byte: Int) {
        if name == "entry" {
            var bytes = Base64.decode(text(name)) ?? []
            bytes[byte] ^= 1
            self[name] = .string(Base64.encode(bytes))
        } else {
            var bytes = Hex.decode(text(name)) ?? []
            bytes[byte] ^= 1
            self[name] = .string(Hex.encode(bytes))
        }
    }

    /// The lines of the proof; the header, the index, the path, an empty one, then the checkpoint.
    var proofLines: [String] {
        get { text("proof").split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
        set { self["proof"] = .string(newValue.joined(separator: "\n")) }
    }

    func bytes(pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter()
        writer.append(raw: "{")
        for (index, member) in members.enumerated() {
            if index > 0 { writer.append(raw: pretty ? ",\n  " : ",") }
            writer.append(string: member.name)
            writer.append(raw: pretty ? " : " : ":")
            writer.append(canonical: member.value)
        }
        writer.append(raw: "}")
        return writer.bytes
    }
}

@Suite struct `A receipt` {
    private let store: VerifiableStore

    init() throws { store = try VerifiableStore() }

    private func receipt(_ sequence: UInt64) throws -> [UInt8] {
        let found = try store.fixture.store.receipt(of: store.fixture.log.id, sequence: sequence)
        var writer = JSONWriter()
        try #require(found).appendJSON(to: &writer)
        return writer.bytes
    }

    /// What our own verification and the independent one say: the same.
    private func brokenLink(_ bytes: [UInt8], key: NoteVerifier? = nil) throws -> ReceiptError.Link? {
        let key = key ?? store.verifier
        var link: ReceiptError.Link?
        do throws(ReceiptError) {
            _ = try ReceiptVerification(bytes, key: key)
        } catch {
            link = error.link
        }
        let path = store.fixture.folder.appending(path: "receipt.json")
        try Data(bytes).write(to: path)
        if let independent = try IndependentVerifier.run("receipt", path.path, "--key", key.text) {
            #expect(independent.status == (link == nil ? 0 : 1), "\(String(describing: link)): \(independent.output)")
        }
        return link
    }

    @Test(arguments: [1, 300, 301, 302, 701, 702, 703] as [UInt64]) func `proves its event`(sequence: UInt64) throws {
        let bytes = try receipt(sequence)
        #expect(try brokenLink(bytes) == nil)
        #expect(try brokenLink(EditableReceipt(bytes).bytes(pretty: true)) == nil)
        let proven = try ReceiptVerification(bytes, key: store.verifier)
        let event = try store.fixture.store.events(of: store.fixture.log.id, sequences: [sequence])[0]
        #expect(proven.envelope == event.envelope)
        #expect(proven.entry.sequence == sequence)
        #expect(proven.checkpoint.size == 703)
        #expect(proven.log == "default" && proven.configurationID == store.fixture.log.configurationID)
    }

    @Test func `of an erased event proves its place`() throws {
        let bytes = try receipt(2)
        let members = try EditableReceipt(bytes)
        #expect(members["envelope"] == nil && members["salt"] == nil && members["hash"] != nil)
        #expect(try brokenLink(bytes) == nil)
        #expect(try ReceiptVerification(bytes, key: store.verifier).envelope == nil)
        var changed = members
        changed.flip("entry", byte: 80)
        #expect(try brokenLink(changed.bytes()) == .inclusion)
    }

    @Test func `tells which link breaks when any is changed`() throws {
        let bytes = try receipt(310)
        func expectBroken(
            _ link: ReceiptError.Link,
            _ what: String,
            _ change: (inout EditableReceipt) throws -> Void
        ) throws {
            var receipt = try EditableReceipt(bytes)
            try change(&receipt)
            #expect(try brokenLink(receipt.bytes()) == link, "\(what)")
        }
        let other = JSONValue.object([
            JSONMember("event", .object([JSONMember("message", .string("other"))])),
            JSONMember("received_at", .string("2023-11-14T22:13:20.000309Z")),
        ])
        try expectBroken(.envelope, "another envelope") { $0["envelope"] = other }
        try expectBroken(.envelope, "another hash") { $0.flip("hash", byte: 3) }
        try expectBroken(.commitment, "another envelope with its hash") {
            $0["envelope"] = other
            var writer = JSONWriter()
            writer.append(canonical: other)
            $0["hash"] = .string(Hex.encode(SHA256Hasher.hash(writer.bytes)))
        }
        try expectBroken(.commitment, "another salt") { $0.flip("salt", byte: 31) }
        try expectBroken(.commitment, "another raw hash") { $0.flip("raw_hash", byte: 0) }
        try expectBroken(.commitment, "no raw hash") { $0["raw_hash"] = nil }
        try expectBroken(.commitment, "another commitment") { $0.flip("entry", byte: 60) }
        try expectBroken(.entry, "another log in the entry") { $0.flip("entry", byte: 20) }
        try expectBroken(.entry, "another config_id") { $0["config_id"] = .string("pci_x") }
        try expectBroken(.entry, "another sequence in the entry") { $0.flip("entry", byte: 8) }
        try expectBroken(.entry, "another sequence") { $0["sequence"] = .integer(311) }
        try expectBroken(.entry, "another time in the entry") { $0.flip("entry", byte: 16) }
        try expectBroken(.inclusion, "another index") { $0.proofLines[1] = "index 310" }
        try expectBroken(.inclusion, "another hash on the path") {
            $0.proofLines[4] = Base64.encode([UInt8](repeating: 5, count: 32))
        }
        try expectBroken(.inclusion, "a shorter path") { $0.proofLines.remove(at: 4) }
        try expectBroken(.inclusion, "a longer path") { $0.proofLines.insert($0.proofLines[4], at: 4) }
        let note = try #require(EditableReceipt(bytes).proofLines.firstIndex(of: "")) + 1
        try expectBroken(.signature, "another origin") { $0.proofLines[note] += "x" }
        try expectBroken(.signature, "another size") { $0.proofLines[note + 1] = "704" }
        try expectBroken(.signature, "another root") {
            $0.proofLines[note + 2] = Base64.encode([UInt8](repeating: 5, count: 32))
        }
        try expectBroken(.signature, "another signature") { receipt in
            let line = receipt.proofLines[note + 4]
            let words = line.split(separator: " ")
            var signature = try #require(Base64.decode(String(words[2])))
            signature[20] ^= 1
            receipt.proofLines[note + 4] = "\(words[0]) \(words[1]) \(Base64.encode(signature))"
        }
        #expect(try brokenLink(bytes, key: VerifiableStore(scale: 1).verifier) == .signature)
    }

    @Test func `that is malformed proves nothing`() throws {
        let bytes = try receipt(310)
        func expectMalformed(_ change: (inout EditableReceipt) -> Void) throws {
            var receipt = try EditableReceipt(bytes)
            change(&receipt)
            #expect(try brokenLink(receipt.bytes()) == .form)
        }
        for name in ["version", "log", "config_id", "sequence", "envelope", "hash", "salt", "entry", "proof"] {
            var receipt = try EditableReceipt(bytes)
            receipt[name] = nil
            // The log's name is for people: only ours insists on it.
            let link = try? ReceiptVerification(receipt.bytes(), key: store.verifier)
            #expect(link == nil, "\(name)")
        }
        try expectMalformed { $0["version"] = .integer(2) }
        try expectMalformed { $0.members.append(("hash", .string("00"))) }
        try expectMalformed { $0.replace("proof", "tlog-proof@v1", with: "tlog-proof@v2") }
        try expectMalformed { $0["entry"] = .string("AAAA") }
        #expect(try brokenLink(Array("{".utf8)) == .form)
        #expect(try brokenLink([]) == .form)
    }
}

@Suite struct `The independent verifier` {
    @Test func `finds a whole store whole, and the same public root`() throws {
        let store = try VerifiableStore()
        guard let found = try IndependentVerifier.run("store", store.path, "--key", store.verifier.text) else { return }
        #expect(found.status == 0, "\(found.output)")
        let root = try #require(try store.verify().logs.first?.publicRoot)
        #expect(found.output.contains("704 event(s), 1 erased, 2 published root(s), public root \(root.hex)"))
        let other = try VerifiableStore(scale: 1).verifier
        #expect(try IndependentVerifier.run("store", store.path, "--key", other.text)?.status == 1)
        #expect(try IndependentVerifier.run("store", "/nowhere.db")?.status == 2)
        #expect(try IndependentVerifier.run("store", store.path, "--key", "none")?.status == 2)
    }

    @Test(arguments: [
        "UPDATE event SET event = replace(event, 'round', 'Round') WHERE id = (1 << 40 | 300)",
        "UPDATE event SET salt = randomblob(32) WHERE id = (1 << 40 | 300)",
        "UPDATE erased SET commitment = randomblob(32)",
        "UPDATE tile SET hashes = zeroblob(8192) WHERE tree = 2 AND level = 0 AND number = 0",
        "UPDATE buffer SET root = randomblob(32) WHERE number = 1",
        "UPDATE buffer SET published_root = randomblob(32) WHERE number = 1",
        "UPDATE shown_root SET root = randomblob(32)",
        "DELETE FROM event WHERE id > (1 << 40 | 300)",
        "DELETE FROM checkpoint",
        "UPDATE checkpoint SET note = replace(note, '301', '302') WHERE size = 301",
    ]) func `finds what was changed`(sql: String) throws {
        let store = try VerifiableStore()
        try store.fixture.execute(sql)
        let found = try IndependentVerifier.run("store", store.path, "--key", store.verifier.text)
        #expect(found?.status ?? 1 == 1, "\(found?.output ?? "")")
    }

    /// Writes what a log publishes as files, by the paths of C2SP tlog-tiles.
    private func publish(_ store: VerifiableStore, to folder: URL) throws {
        func write(_ bytes: [UInt8], _ path: String, width: Int) throws {
            let file = folder.appending(path: path + (width == TileAddress.width ? "" : ".p/\(width)"))
            let parent = file.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
        let log = store.fixture.log.id
        let note = try #require(try store.fixture.store.checkpoint(of: log))
        let size = try #require(Checkpoint(note.text)).size
        try write(Array(note.encoded.utf8), "checkpoint", width: TileAddress.width)
        for level in 0..<2 {
            var address = TileAddress(level: level, number: 0)
            while case let width = address.width(inTreeOf: size), width > 0 {
                let tile = try store.fixture.store.publicTile(of: log, at: address, width: width)
                try write(TreeHash.bytes(try #require(tile)), "tile/\(level)/\(address.path)", width: width)
                if level == 0 {
                    let found = try store.fixture.store.publicEntries(of: log, bundle: address.number, width: width)
                    var bundle: [UInt8] = []
                    for entry in try #require(found) { bundle += [0, 81] + entry.withBytes { Array($0) } }
                    try write(bundle, "tile/entries/\(address.path)", width: width)
                }
                address = TileAddress(level: level, number: address.number + 1)
            }
        }
    }

    @Test func `finds what a log publishes right, and any change of it`() throws {
        let store = try VerifiableStore()
        let folder = store.fixture.folder.appending(path: "public")
        try publish(store, to: folder)
        let url = folder.absoluteString
        let key = store.verifier.text
        guard let found = try IndependentVerifier.run("tiles", url, "--key", key) else { return }
        #expect(found.status == 0, "\(found.output)")
        #expect(found.output.hasPrefix("\(VerifiableStore.origin): 703 event(s), root "))
        let paths = ["checkpoint", "tile/0/001", "tile/1/000.p/2", "tile/entries/000", "tile/entries/002.p/191"]
        for path in paths {
            let file = folder.appending(path: path)
            let bytes = try Data(contentsOf: file)
            var changed = bytes
            changed[changed.startIndex + 30] ^= 1
            try changed.write(to: file)
            #expect(try IndependentVerifier.run("tiles", url, "--key", key)?.status == 1, "\(path)")
            try FileManager.default.removeItem(at: file)
            #expect(try IndependentVerifier.run("tiles", url, "--key", key)?.status == 1, "\(path)")
            try bytes.write(to: file)
        }
        #expect(try IndependentVerifier.run("tiles", url, "--key", key)?.status == 0)
    }
}
