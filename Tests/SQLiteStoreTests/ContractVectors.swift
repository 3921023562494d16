import Foundation
import JSON

/// The audit API contract's own vectors, when they lie beside the checkout.
func contractVectors(_ name: String) -> JSONValue? {
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
