/// The known word that a mistyped one was most likely meant to be, for "did you mean".
///
/// Case, `-` and `_` do not count, so that `publicUrl` finds `public_url`; neither does what is missing at one end of a
/// word, so that `url` finds it too, nor what is too much around a word of some length, so that `lower_case` finds
/// `lower`.
///
/// - Returns: nil when no word is near: more than a third of the letters would have to change. Of equally near ones the
///   first, and of those inside of the typed word the longest.
package func nearest(_ word: String, among words: some Sequence<String>) -> String? {
    let typed = comparableLetters(of: word)
    guard !typed.isEmpty else { return nil }
    var best: (word: String, distance: Int)?
    var longest: (word: String, length: Int)?
    for candidate in words {
        let letters = comparableLetters(of: candidate)
        if letters.count >= 4, letters.count > longest?.length ?? 0, typed.contains(letters) {
            longest = (candidate, letters.count)
        }
        let limit = max(1, max(typed.count, letters.count) / 3)
        let isPart =
            typed.count >= 3 && (letters.starts(with: typed) || letters.reversed().starts(with: typed.reversed()))
        guard isPart || abs(typed.count - letters.count) <= limit else { continue }
        let distance = isPart ? min(editDistance(typed, letters), limit) : editDistance(typed, letters)
        if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word ?? longest?.word
}

private func comparableLetters(of word: String) -> [Character] {
    word.lowercased().filter { $0 != "_" && $0 != "-" }.map { $0 }
}

/// How many letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var beforePrevious: [Int] = []
    var previous = Array(0...b.count)
    for i in 1...a.count {
        var current = [i]
        current.reserveCapacity(b.count + 1)
        for j in 1...b.count {
            let replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            var cost = min(previous[j] + 1, current[j - 1] + 1, replaced)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                cost = min(cost, beforePrevious[j - 2] + 1)
            }
            current.append(cost)
        }
        beforePrevious = previous
        previous = current
    }
    return previous[b.count]
}
