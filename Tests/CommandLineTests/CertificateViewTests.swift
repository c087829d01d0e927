import Access
import Certificates
import Failure
import Foundation
import Testing

@testable import CommandLine

@Suite struct CertificateViewTests {
  private func withAuthority(_ body: (Authority, String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let authority = Authority(folder: folder + "/ca")
    _ = try authority.make(name: "Test", days: 10, now: Date(timeIntervalSince1970: 1_800_000_000))
    try body(authority, folder)
  }

  private func keys(_ value: some Encodable) throws -> Set<String> {
    let text = try #require(try Document.text(value, .json))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return Set(try #require(object).keys)
  }

  @Test func whatWasIssuedIsATable() throws {
    try withAuthority { authority, folder in
      let now = Date(timeIntervalSince1970: 1_800_000_000)
      let alice = try authority.issue(
        CertificateOrder(role: .operator, name: "alice", days: 1), to: folder + "/a", replacing: false, now: now)
      let node = try authority.issue(
        CertificateOrder(role: .node, name: "node-1", addresses: ["::1"], days: 5), to: folder + "/n", replacing: false,
        now: now)
      _ = try authority.revoke("node-1", now: now)
      let view = IssuedView(try authority.issued(), now: now + 2 * 86400)
      #expect(
        view.table().text().split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") } == [
          "NAME ROLE SERIAL EXPIRES STATE",
          "alice operator \(alice.facts.serial) 2027-01-16T08:00:00Z expired",
          "node-1 node \(node.facts.serial) 2027-01-20T08:00:00Z revoked",
        ])
      #expect(try keys(view) == ["schema", "certificates"])
      #expect(try keys(CertificateView(alice.facts, files: alice.files)).isSuperset(of: ["schema", "files", "serial"]))
      #expect(
        try keys(view.certificates[1]) == [
          "name", "role", "serial", "issuer", "begins", "expires", "authority", "addresses", "usages", "fingerprint",
          "state", "revoked",
        ])
    }
  }

  @Test func filesSayWhatIsInThem() throws {
    try withAuthority { authority, folder in
      let text = CertificateFileView(try CertificateFile(path: authority.listPath), path: "crl.pem").text()
      #expect(
        text == """
                     File: crl.pem
          Revocation list: Test
                   Number: 01
               Valid from: 2027-01-15T07:55:00Z
                  Expires: 2027-04-15T08:00:00Z

          """)
      let key = CertificateFileView(try CertificateFile(path: folder + "/ca/ca.key"), path: "ca.key")
      #expect(key.text().hasSuffix("Key: a private key, which is not shown\n"))
      let own = CertificateFileView(try CertificateFile(path: authority.certificatePath), path: "ca.pem")
      #expect(own.text().contains("Authority: Test\n           Role: none\n"))
      #expect(throws: Failure.self) { try CertificateFile(path: folder + "/none") }
      #expect(throws: Failure.self) { try CertificateFile(path: "/proc/self/status") }
    }
  }

  @Test func commandsAreRead() throws {
    let issue = try TLSCommand.Issue.parse([
      "control-plane", "cp", "--address", "a", "--address", "b", "--days", "7", "--out", "x",
    ])
    #expect(issue.role == .controlPlane)
    #expect(issue.address == ["a", "b"])
    #expect(issue.place.authority.folder == "/etc/procurator/tls/authority")
    #expect(try TLSCommand.Show.parse(["--folder", "/f", "a", "b"]).files == ["a", "b"])
    #expect(try TLSCommand.Init.parse([]).days == 3650)
    #expect(throws: (any Error).self) { try TLSCommand.Issue.parse(["admin", "a"]) }
    #expect(throws: (any Error).self) { try TLSCommand.Revoke.parse([]) }
  }
}
