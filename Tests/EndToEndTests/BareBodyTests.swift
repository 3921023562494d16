import Foundation
import Testing

@Suite(.onOwnThreads) struct `A body that is no JSON` {
    @Test func `is stored as lines, as a form or as nothing at all`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        try FileManager.default.createDirectory(atPath: folder.file("maps"), withIntermediateDirectories: true)
        let event = #""event": {"fields": {"message": "$request.path", "actor": "line || who || 'nobody'"}}"#
        var setup = GatewaySetup()
        setup.mappings = folder.file("maps")
        setup.sources = []
        let framings = [
            "text": #"{"format": "text"}"#, "form": #"{"format": "form", "field": "payload"}"#,
            "empty": #"{"empty": true}"#,
        ]
        for (name, framing) in framings {
            try folder.write(
                #"{"vendor": "v", "authenticate": "none", "framing": \#(framing), \#(event)}"#,
                to: "maps/\(name).json"
            )
            setup.sources.append(#"{"name":"\#(name)","mapping":"\#(name)","authenticate":"none"}"#)
        }
        let gateway = try GatewayProcess(setup, in: folder)
        defer { gateway.end() }
        #expect(try gateway.post("/in/text", "ann\nbob\n", authorization: nil).status == 200)
        let form = try gateway.post("/in/form", "payload=%7B%22who%22%3A%22cleo%22%7D", authorization: nil)
        #expect(form.status == 200)
        #expect(try gateway.post("/in/empty", "", authorization: nil).status == 200)
        let xml = try gateway.post("/in/empty", "<a/>", authorization: nil, [("Content-Type", "text/xml")])
        #expect(xml.status == 415)
        #expect(xml.text.contains("XML is not supported"))
        #expect(try gateway.stored() == ["ann", "bob", "cleo", "nobody"])
        #expect(try gateway.command("verify").status == 0)
    }
}
