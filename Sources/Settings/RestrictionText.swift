internal import JSON
package import Restriction

/// Reads the text of a `restrict` object that stands in no configuration file.
package enum RestrictionText {
    private enum WrapperKey: String, SettingsKey { case restrict }

    /// The rules of `{"tenant_id":["acme"],"source":{"cidr":"10.0.0.0/8"}}`.
    ///
    /// - Parameters:
    ///   - bytes: the object's text.
    ///   - name: how messages name where it stands.
    /// - Returns: the rules, not yet compiled for a log.
    /// - Throws: every problem at once.
    package static func rules(_ bytes: [UInt8], named name: String) throws(SettingsError) -> [FieldRule] {
        let validation = Validation(file: name, directory: ".", environment: [:])
        let (json, problems) = LocatedJSON.read(Array("{\"restrict\":".utf8) + bytes + Array("}".utf8))
        for problem in problems { validation.problem(problem.message, at: .file(name, nil)) }
        let section = Section<WrapperKey>(json, path: "", in: validation)
        let restriction = section.restriction(.restrict)
        guard validation.problems.isEmpty else {
            // Positions in a text that nobody sees help nobody.
            let told = validation.problems.map { SettingsProblem(place: .file(name, nil), message: $0.message) }
            throw SettingsError(problems: told)
        }
        return restriction.rules
    }
}
