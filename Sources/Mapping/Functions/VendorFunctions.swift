package import JMESPath

/// The functions of ours that a mapping's expressions may call besides JMESPath's own.
package enum VendorFunctions {
    /// - Parameter tables: those that `lookup` finds by name.
    package static func all(tables: [String: LookupTable]) -> [Function] {
        [lookup(in: tables)] + timeFunctions + textFunctions + codingFunctions + patternFunctions
    }
}
