import Failure
import Linux
import Testing
import Text

@testable import CommandLine
@testable import NodeClient

/// Other nodes by name.
@Suite struct ContextFileTests {
  /// With files that are there.
  private static func with(_ text: String, _ body: (ContextFile) throws -> Void) throws {
    let folder = "/tmp/pcrt-contexts\(UInt32.random(in: 0 ... .max))"
    try Files.makeFolders(folder + "/alice")
    defer { try? Files.removeFolder(folder) }
    for name in ["alice.pem", "alice.key", "ca.pem", "crl.pem", "other.pem"] {
      try Files.replace("\(folder)/alice/\(name)", with: Array(name.utf8))
    }
    try body(try ContextFile(text, path: folder + "/contexts.conf"))
  }

  private static let credentials = """
    [Credentials]
    Certificate=alice/alice.pem
    Key=alice/alice.key
    Authorities=alice/ca.pem
    Revoked=alice/crl.pem

    """

  @Test func nodesHaveNames() throws {
    try Self.with(
      Self.credentials + """
        [Context n1]
        Address=10.0.0.5
        [Context far]
        Address=[2001:db8::7]:1234
        ServerName=far.example.org
        Certificate=alice/other.pem
        Key=alice/alice.key
        Authorities=alice/ca.pem
        [Context here]
        Address=localhost
        Plaintext=yes
        """
    ) { file in
      #expect(file.names == ["n1", "far", "here"])
      let n1 = try file.node("n1")
      #expect("\(n1.address)" == "10.0.0.5:9090" && n1.serverName == "10.0.0.5")
      #expect(
        n1.credentials
          == ClientCredentials(certificate: "alice.pem", key: "alice.key", authorities: "ca.pem", revoked: "crl.pem"))
      let far = try file.node("far")
      #expect(far.address == NetworkAddress(host: "2001:db8::7", port: 1234) && far.serverName == "far.example.org")
      #expect(far.credentials?.certificate == "other.pem" && far.credentials?.revoked == nil, "all of its own")
      #expect(try file.node("here").credentials == nil)
      #expect(try file.node("10.0.0.9:77").address == NetworkAddress(host: "10.0.0.9", port: 77))
      #expect(try file.node("10.0.0.9:77").credentials == n1.credentials)
    }
  }

  @Test(arguments: [
    ("n2", "has no context of that name; there are n1, remote"), ("remote", "10.0.0.5:9090 is not this host"),
    ("bare", "it is missing"), ("odd", "\"a:b:c\" is no address"),
  ])
  func whatIsWrongIsSaid(_ word: String, _ cause: String) throws {
    let more =
      word == "bare" ? "[Context bare]\nServerName=x\n" : word == "odd" ? "[Context odd]\nAddress=a:b:c\n" : ""
    try Self.with(
      Self.credentials + "[Context n1]\nAddress=h\n[Context remote]\nAddress=10.0.0.5\nPlaintext=yes\n" + more
    ) { file in
      let failure = try #require(throws: Failure.self) { _ = try file.node(word) }
      #expect(failure.cause.contains(cause) && !failure.remedy.isEmpty, "\(failure)")
    }
  }

  @Test func whatIsMissingIsSaid() throws {
    try Self.with("") { file in
      let failure = try #require(throws: Failure.self) { _ = try file.node("10.0.0.5:9090") }
      #expect(failure.cause.hasSuffix("contexts.conf has no section [Credentials]"), "\(failure)")
    }
    try Self.with("[Context a]\nAddress=h\nCertificate=alice/alice.pem\n") { file in
      let failure = try #require(throws: Failure.self) { _ = try file.node("a") }
      #expect(failure.object.hasSuffix("[Context a] Key="), "\(failure)")
    }
    try Self.with("[Context a]\nAddress=h\nCertificate=no/such.pem\nKey=k\nAuthorities=a\n") { file in
      let failure = try #require(throws: Failure.self) { _ = try file.node("a") }
      #expect(failure.code == .notFound && failure.object.hasSuffix("/no/such.pem"), "\(failure)")
    }
    try Self.with(Self.credentials + "[Context a]\nAddress=h\nRevoked=alice/crl.pem\n") { file in
      let failure = try #require(throws: Failure.self) { _ = try file.node("a") }
      #expect(failure.object.contains("Revoked") && failure.cause.contains("or none"), "\(failure)")
    }
    let failure = try #require(throws: Failure.self) { _ = try ContextFile("[Context a]\nAdress=h\n", path: "x") }
    #expect(failure.remedy.contains("Address="), "\(failure)")
  }
}
