package import JMESPath

/// The functions of ours that a mapping's expressions may call besides JMESPath's own.
package enum VendorFunctions {
    /// All functions, `lookup` finding these tables by name.
    package static func all(tables: [String: LookupTable]) -> [Function] {
        [lookup(in: tables)] + timeFunctions + textFunctions + codingFunctions + patternFunctions + objectFunctions
            + wordFunctions + linesFunctions
    }
}
