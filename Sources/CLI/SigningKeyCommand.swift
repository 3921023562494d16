internal import ArgumentParser
internal import Gateway
internal import JSON
internal import Schema
internal import Settings

struct SigningKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signing-key",
        abstract: "Show and renew the key that signs the events of logs with \"signing\": \"service\".",
        discussion: "Example:  audit-gateway signing-key list",
        subcommands: [List.self, Rotate.self]
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the versions of the key, the oldest first; the last one signs.",
            discussion: "Example:  audit-gateway signing-key list --json"
        )

        @OptionGroup var file: ConfigurationOption
        @Flag(help: "Print each as a line of JSON.")
        var json = false

        func run() throws {
            let settings = try file.settings()
            do throws(SigningKeyError) {
                guard let keys = try SigningKeys.read(directory: settings.store.dataDirectory) else {
                    throw SigningKeyError.none
                }
                SigningKeyText.print(keys, json: json)
            } catch {
                throw CommandFailure.no(error.message)
            }
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a version of the key, which signs from the gateway's next start on.",
            discussion: "Example:  audit-gateway signing-key rotate"
        )

        @OptionGroup var file: ConfigurationOption
        @Flag(help: "Print each version as a line of JSON.")
        var json = false

        func run() throws {
            let directory = try file.settings().store.dataDirectory
            do throws(SigningKeyError) {
                let keys = try SigningKeys.read(directory: directory)
                SigningKeyText.print(
                    try SigningKeys.add(to: keys, directory: directory, now: WallClock.now()),
                    json: json
                )
            } catch {
                throw CommandFailure.no(error.message)
            }
        }
    }
}

private enum SigningKeyText {
    static func print(_ keys: SigningKeys, json: Bool) {
        for version in keys.versions {
            var time: [UInt8] = []
            Timestamp.append(microseconds: version.createdAt, to: &time)
            guard json else {
                Output.line("\(keys.id) version \(version.number), made \(String(decoding: time, as: UTF8.self))")
                Output.line(version.publicKey)
                continue
            }
            var line = JSONLine()
            line.add("vault_key_id", .string(keys.id))
            line.add("vault_key_version", .string("\(version.number)"))
            line.add("created_at", .string(time))
            line.add("public_key", .string(version.publicKey))
            line.print()
        }
    }
}
