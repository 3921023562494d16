import Foundation

/// Seconds on a clock that nobody sets.
func secondsNow() -> Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }

/// Waits until a condition holds, looking every few milliseconds.
///
/// - Returns: whether it held before the deadline.
func eventually(within seconds: Double = 15, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = secondsNow() + seconds
    while true {
        if try condition() { return true }
        guard secondsNow() < deadline else { return false }
        Thread.sleep(forTimeInterval: 0.01)
    }
}

/// Runs a body on several threads at once and waits for all of them.
///
/// - Returns: what each gave, in the order of their numbers; nil for those that did not end in time.
func concurrently<Value: Sendable>(
    _ count: Int,
    within seconds: Double = 60,
    _ body: @escaping @Sendable (Int) -> Value
) -> [Value?] {
    let results = Collected<(Int, Value)>()
    for number in 0..<count {
        Thread { results.append((number, body(number))) }.start()
    }
    _ = eventually(within: seconds) { results.count == count }
    var values = [Value?](repeating: nil, count: count)
    for (number, value) in results.all { values[number] = value }
    return values
}

/// A list that several threads add to.
final class Collected<Element: Sendable>: @unchecked Sendable {
    // Every access holds the lock.
    private let lock = NSLock()
    private var elements: [Element] = []

    func append(_ element: Element) { lock.withLock { elements.append(element) } }

    func append(contentsOf more: [Element]) { lock.withLock { elements += more } }

    var all: [Element] { lock.withLock { elements } }
    var count: Int { lock.withLock { elements.count } }
}

/// A yes or no that several threads see.
final class Flag: @unchecked Sendable {
    // Every access holds the lock.
    private let lock = NSLock()
    private var value = false

    func raise() { lock.withLock { value = true } }
    var isRaised: Bool { lock.withLock { value } }
}
