internal import Logging
internal import NIOPosix
internal import ServiceLifecycle

/// Takes over issued tokens when their file changes, without a restart, and writes down when tokens were used.
///
/// A file that cannot be read leaves in force what was before, and says so in the log.
struct TokenWatch: Service {
    /// How often the file is looked at: a revoked token is refused within two of these.
    private static let period = Duration.seconds(1)
    /// Looks between two writings of the uses.
    private static let looksPerWriting = 60

    let file: TokenFile
    let tokens: TokenDirectory
    let logs: [ServedLog]
    let threads: NIOThreadPool
    let logger: Logger
    /// Made before the file was read for the first time.
    let known: PrivateFile.Mark

    /// What was seen and written last.
    private struct State: Sendable {
        var mark: PrivateFile.Mark
        var uses: [String: Int64]
        var looks = 0
    }

    func run() async throws {
        let last = await cancelWhenGracefulShutdown { await watch() }
        _ = try? await threads.runIfActive { writeUses(last) }
    }

    private func watch() async -> State {
        var state = State(mark: known, uses: tokens.uses)
        while (try? await Task.sleep(for: TokenWatch.period)) != nil {
            let before = state
            // On a thread that may block; nil when the gateway stops.
            guard let after = try? await threads.runIfActive({ look(before) }) else { continue }
            state = after
        }
        return state
    }

    private func look(_ before: State) -> State {
        var state = before
        state.looks += 1
        // Taken first: what changes while the file is read is seen at the next look.
        let mark = file.file.mark()
        if mark != state.mark {
            state.mark = mark
            reload()
        }
        return state.looks % TokenWatch.looksPerWriting == 0 ? writeUses(state) : state
    }

    private func reload() {
        do throws(TokenFileError) {
            let issued = try file.read()
            let problems = tokens.issued.use(issued, logs: logs, taken: tokens.names)
            logger.info("The issued tokens were read again", metadata: ["tokens": "\(issued.count)"])
            for problem in problems {
                logger.warning("An issued token is not in force", metadata: ["problem": "\(problem)"])
            }
        } catch {
            logger.error(
                "The issued tokens cannot be read; what was before stays",
                metadata: ["problem": "\(error.message)"]
            )
        }
    }

    private func writeUses(_ before: State) -> State {
        var state = before
        let uses = tokens.uses
        guard uses != state.uses else { return state }
        do throws(TokenFileError) {
            // Those of tokens that nobody has used since the start are kept, those of tokens that are gone are not.
            let known = tokens.names.union(tokens.issued.names)
            let kept = file.lastUses().filter { known.contains($0.key) }
            try file.writeUses(kept.merging(uses) { max($0, $1) })
            state.uses = uses
        } catch {
            logger.warning("The uses of tokens were not written", metadata: ["problem": "\(error.message)"])
        }
        return state
    }
}
