internal import Foundation
internal import Glibc
internal import Logging
internal import Mapping
internal import NIOPosix
internal import ServiceLifecycle

/// Takes over mapping files when they change, without a restart.
///
/// A changed file is read and compiled beside the running one, and the sources are swapped as a whole. One that cannot be
/// used leaves the old one in force, and says so in the log and in `/readyz`.
struct MappingWatch: Service {
    /// How often the folder is looked at.
    private static let period = Duration.seconds(1)

    let folder: String
    let sources: SourceDirectory
    let threads: NIOThreadPool
    let logger: Logger
    /// Of the files that the sources were made from.
    let known: Fingerprint

    func run() async throws {
        await cancelWhenGracefulShutdown { await watch() }
    }

    private func watch() async {
        var seen = known
        while (try? await Task.sleep(for: MappingWatch.period)) != nil {
            let before = seen
            // On a thread that may block; nil when the gateway stops.
            guard let found = try? await threads.runIfActive({ reload(unlessStill: before) }) else { continue }
            seen = found
        }
    }

    /// Reads the files again when they are others than before.
    private func reload(unlessStill before: Fingerprint) -> Fingerprint {
        // Taken first: what changes while the files are read is seen at the next look.
        let found = Fingerprint(of: folder)
        if found != before { reload() }
        return found
    }

    private func reload() {
        let library = MappingLibrary.load(folder: folder)
        let warnings = sources.warnings(before: library)
        let problems = library.problems.map(\.summary) + sources.use(library)
        logger.info("The mappings were read again", metadata: ["mappings": "\(library.mappings.count)"])
        for warning in warnings {
            logger.warning("A mapping tells repeats otherwise than before", metadata: ["warning": "\(warning)"])
        }
        for problem in problems {
            logger.error("A mapping is not in force; what was before stays", metadata: ["problem": "\(problem)"])
        }
    }

    /// What changes when a mapping file of a folder does.
    struct Fingerprint: Equatable, Sendable {
        private let files: [String]

        init(of folder: String) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            files = names.filter { $0.hasSuffix(".json") }.sorted().map { name in
                var status = stat()
                guard stat("\(folder)/\(name)", &status) == 0 else { return name }
                return "\(name) \(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
            }
        }
    }
}
