internal import JSON

extension Section {
    /// The secrets of a required key: one reference or an array of them.
    func secrets(_ key: Key) -> [Located<Secret>] {
        guard requires(key), let json = self[key] else { return [] }
        return secrets(json, name: name(of: key))
    }

    func secrets(_ json: LocatedJSON, name: String) -> [Located<Secret>] {
        guard let elements = json.elements else { return secret(json, name: name).map { [$0] } ?? [] }
        if elements.isEmpty { validation.problem("\(name) lists no secret", at: validation.place(json.position)) }
        return elements.enumerated().compactMap { secret($1, name: "\(name)[\($0)]") }
    }

    private func secret(_ json: LocatedJSON, name: String) -> Located<Secret>? {
        guard json.members != nil else {
            // The text is left out of the message: it may be the secret itself.
            return refuse(json, "\(name) must be {\"env\": NAME}, {\"file\": PATH} or {\"value\": TEXT}")
        }
        let section = Section<SecretKey>(json, path: name, in: validation)
        let given = SecretKey.allCases.filter { section[$0] != nil }
        guard given.count == 1, let key = given.first else {
            return refuse(json, "\(name) needs one of 'env', 'file' and 'value'")
        }
        guard let bytes = section.secretBytes(key) else { return nil }
        let place = validation.place(json.position)
        guard !bytes.isEmpty else {
            validation.problem("\(name) is empty; a secret must not be", at: place)
            return nil
        }
        // A key of arbitrary bytes has as many characters as bytes.
        let length = String(validating: bytes, as: UTF8.self)?.unicodeScalars.count ?? bytes.count
        if length < 16 {
            validation.warning(
                "\(name) is shorter than 16 characters, which can be guessed; use a longer one",
                at: place
            )
        }
        return Located(value: Secret(bytes), place: place)
    }
}

extension Section where Key == SecretKey {
    /// The secret that one key refers to; nil after a problem.
    fileprivate func secretBytes(_ key: SecretKey) -> [UInt8]? {
        switch key {
        case .value:
            guard let json = self[.value] else { return nil }
            guard let text = json.stringValue else { return refuse(json, name(of: .value), "a string") }
            return Array(text.utf8)
        case .env:
            guard let name = text(.env) else { return nil }
            guard let value = validation.variable(name.value) else {
                validation.problem("the environment variable \(name.value) is not set", at: name.place)
                return nil
            }
            return Array(value.utf8)
        case .file:
            guard let path = text(.file) else { return nil }
            do throws(FileError) {
                var bytes = try FileText.read(validation.path(path.value), limit: 1 << 16)
                if bytes.last == UInt8(ascii: "\n") {
                    bytes.removeLast()
                    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
                }
                return bytes
            } catch {
                let full = validation.path(path.value)
                validation.problem("cannot read the secret's file '\(full)': \(error.message)", at: path.place)
                return nil
            }
        }
    }
}
