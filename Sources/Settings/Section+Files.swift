internal import Glibc

extension Section {
    /// The path of a file that can be read; nil when there is none.
    func readableFile(_ key: Key) -> String? {
        guard let text = text(key) else { return nil }
        let path = validation.path(text.value)
        if access(path, R_OK) != 0 {
            validation.problem("cannot read '\(path)': \(String(cString: strerror(errno)))", at: text.place)
        }
        return path
    }
}
