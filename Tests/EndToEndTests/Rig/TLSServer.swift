import Foundation
import Testing

/// A certificate authority made for one test with `openssl`, in a folder of its own.
struct TestAuthority {
    let folder: TestFolder

    var file: String { folder.file("ca.pem") }

    init() throws {
        folder = try TestFolder()
        try openssl(
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-days",
            "2",
            "-subj",
            "/CN=Authority of the tests"
        )
    }

    @discardableResult
    func openssl(_ arguments: String...) throws -> String {
        let finished = try Finished.run("openssl", arguments, in: folder.path)
        try #require(finished.status == 0, "\(finished.error)")
        return finished.output
    }

    /// Issues `server.pem` with its key for some names, such as `IP:127.0.0.1`.
    func issue(names: String) throws {
        try folder.write("subjectAltName=\(names)", to: "names")
        try openssl(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "server.key",
            "-out",
            "server.csr",
            "-subj",
            "/CN=server"
        )
        try openssl(
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "names",
            "-out",
            "server.pem"
        )
    }

    /// The RSA signature of a text (PKCS#1 v1.5, SHA-256) with the authority's own key, in base 64.
    func signature(of text: String) throws -> String {
        try folder.write(text, to: "text")
        try openssl("dgst", "-sha256", "-sign", "ca.key", "-out", "signature", "text")
        return try Data(contentsOf: URL(fileURLWithPath: folder.file("signature"))).base64EncodedString()
    }
}

/// An HTTPS server on loopback that answers GET by a table and remembers what was asked.
final class TLSServer {
    struct Answer: Encodable {
        var status = 200
        var headers: [String: String] = [:]
        var body = ""
    }

    let port: UInt16
    private let folder: TestFolder
    private let child: ChildProcess

    private static let program = """
        import http.server, json, ssl, sys
        answers = json.load(open("answers"))
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with open("asked", "a") as file: file.write(self.path + "\\n")
                answer = answers.get(self.path.split("?")[0], {"status": 404, "headers": {}, "body": ""})
                body = answer["body"].encode()
                self.send_response(answer["status"])
                for name, value in answer["headers"].items(): self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *words): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1] + "/server.pem", sys.argv[1] + "/server.key")
        # Each handshake on the connection's own thread: one that fails holds up nobody.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """

    /// Starts it with the certificate that the authority issued last.
    init(_ authority: TestAuthority, _ answers: [String: Answer]) throws {
        folder = try TestFolder()
        try folder.write(String(decoding: JSONEncoder().encode(answers), as: UTF8.self), to: "answers")
        child = try ChildProcess(
            "python3",
            ["-c", TLSServer.program, authority.folder.path],
            in: folder.path,
            output: folder.file("port"),
            error: folder.file("error")
        )
        let (folder, child) = (folder, child)
        _ = eventually { folder.text(of: "port").hasSuffix("\n") || child.wait(within: 0) != nil }
        let text = folder.text(of: "port").trimmingCharacters(in: .whitespacesAndNewlines)
        port = try #require(UInt16(text), "\(folder.text(of: "error"))")
    }

    var url: String { "https://127.0.0.1:\(port)" }

    /// The targets that were asked for, in order.
    var asked: [String] { folder.text(of: "asked").split(separator: "\n").map(String.init) }

    func stop() {
        child.end()
        folder.remove()
    }
}
