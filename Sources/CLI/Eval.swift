internal import ArgumentParser
internal import JMESPath
internal import JSON
internal import Mapping

struct Eval: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluate one JMESPath expression on JSON from standard input.",
        discussion: """
            The argument is taken as it stands, also when it begins with '-'. An error is printed as 'KIND: message'.

            Example:  echo '{"a":[1,2]}' | audit-gateway eval 'a[1]'
            """
    )

    @Argument(parsing: .allUnrecognized, help: "The expression.")
    var words: [String]

    func run() throws {
        guard let expression = words.first, words.count == 1 else {
            throw CommandFailure.wrongUse("give exactly one expression, in quotes")
        }
        let document = JSONDocument()
        let input = try Input.read("-")
        do {
            try document.parse(input, maximumDepth: 1000)
        } catch {
            throw CommandFailure.wrongUse("standard input is not JSON: \(error.message)")
        }
        do throws(JMESPathError) {
            let compiled = try Expression(expression, functions: VendorFunctions.all(tables: [:]))
            let evaluation = Evaluation()
            evaluation.reset(root: document.root)
            var writer = JSONWriter()
            writer.append(canonical: try compiled.evaluate(document.root, in: evaluation))
            writer.append(byte: 10)
            Output.bytes(writer.bytes)
        } catch {
            throw CommandFailure.no("\(error.kind.rawValue): \(error.message)")
        }
    }
}
