import Access
import Failure
import Foundation
import Linux
import Testing
import X509

@testable import Certificates

@Suite struct AuthorityTests {
  let folder: TemporaryFolder
  let authority: Authority

  init() throws {
    folder = try TemporaryFolder()
    authority = Authority(folder: folder.path + "/ca")
    _ = try authority.make(name: "Test authority", days: 3650, now: noon)
  }

  private func issue(_ role: Role, _ name: String, _ addresses: [String] = [], days: Int = 365) throws(Failure)
    -> Authority.Issue
  {
    try authority.issue(
      CertificateOrder(role: role, name: name, addresses: addresses, days: days), to: "\(folder.path)/\(name)",
      replacing: false, now: noon)
  }

  private func trust() throws -> Trust {
    try Trust(
      authorities: String(contentsOfFile: authority.certificatePath, encoding: .utf8),
      revoked: String(contentsOfFile: authority.listPath, encoding: .utf8))
  }

  private func chain(_ path: String) throws -> [[UInt8]] {
    [try Certificate.one(in: String(contentsOfFile: path, encoding: .utf8)).der()]
  }

  @Test func filesAreTheirOwnersWhereTheyMustBe() throws {
    let issue = try issue(.node, "node-1", ["node1.example.org", "192.0.2.1", "2001:db8::1", "192.0.2.1"])
    #expect(
      try folder.files().filter { !$0.key.hasSuffix("/lock") } == [
        "ca/ca.key": 0o600, "ca/ca.pem": 0o644, "ca/crl.pem": 0o644, "ca/issued/\(issue.facts.serial).pem": 0o644,
        "node-1/node.key": 0o600, "node-1/node.pem": 0o644, "node-1/ca.pem": 0o644, "node-1/crl.pem": 0o644,
      ])
    #expect(issue.facts.addresses == ["node1.example.org", "192.0.2.1", "2001:db8::1"])
    #expect(issue.facts.usages == ["serverAuth", "clientAuth"])
    #expect(issue.facts.begins == noon - 300)
    #expect(issue.facts.ends == noon + 365 * day)
    let attributes = try FileManager.default.attributesOfItem(atPath: authority.folder)
    #expect(attributes[.posixPermissions] as? Int == 0o700)
  }

  @Test(arguments: Role.allCases) func whatIsIssuedIsTrusted(role: Role) async throws {
    _ = try issue(role, "alice", role == .node ? ["node1"] : [])
    let stem = role == .node ? "node" : "alice"
    let chain = try chain("\(folder.path)/alice/\(stem).pem")
    #expect(try await trust().client(chain, now: noon).role == role)
    if role == .node { try await trust().server(chain, host: "node1", now: noon) }
    let key = try Certificate.PrivateKey(
      pemEncoded: String(contentsOfFile: "\(folder.path)/alice/\(stem).key", encoding: .utf8))
    #expect(try key.publicKey == Certificate.read(chain[0]).publicKey)
  }

  @Test func thereIsOneAuthorityInAFolder() async throws {
    let before = try folder.files()
    let again = await refusal { _ = try authority.make(name: "Again", days: 1, now: noon) }
    #expect(again?.code == .exists)
    #expect(again?.cause == "there is an authority already")
    let other = await refusal { _ = try Authority(folder: folder.path).make(name: "Again", days: 1, now: noon) }
    #expect(other?.cause == "the folder holds something else")
    #expect(try folder.files() == before)
    let none = await refusal { _ = try Authority(folder: folder.path + "/none").refresh(now: noon) }
    #expect(none?.code == .notFound)
  }

  @Test func anInterruptedInitIsNoObstacle() throws {
    let other = folder.path + "/other"
    try FileManager.default.createDirectory(atPath: other + ".unfinished/issued", withIntermediateDirectories: true)
    _ = try folder.file("other.unfinished/ca.key", "half")
    #expect(try Authority(folder: other).make(name: "Other", days: 1, now: noon).name == "Other")
    #expect(!FileManager.default.fileExists(atPath: other + ".unfinished"))
  }

  @Test func whatIsSomebodyElsesStays() async throws {
    let other = folder.path + "/other"
    try FileManager.default.createDirectory(atPath: other + ".unfinished", withIntermediateDirectories: true)
    _ = try folder.file("other.unfinished/thesis", "mine")
    let failure = await refusal { _ = try Authority(folder: other).make(name: "Other", days: 1, now: noon) }
    #expect(failure?.code == .exists)
    #expect(try folder.files().keys.filter { $0.hasPrefix("other") } == ["other.unfinished/thesis"])
  }

  @Test func twoInitsMakeOneAuthority() async throws {
    let other = Authority(folder: folder.path + "/deep/er/ca")
    let made = await withTaskGroup(of: String?.self) { group in
      for index in 0..<6 {
        group.addTask { try? other.make(name: "Number \(index)", days: 1, now: noon).name }
      }
      return await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
    }
    #expect(made.count <= 1)
    if let name = made.first {
      #expect(try CertificateFile(path: other.certificatePath).certificates.map(\.name) == [name])
    }
  }

  @Test func nothingIsOverwrittenUnlessAsked() async throws {
    let first = try issue(.operator, "alice")
    let before = try String(contentsOfFile: first.files[1], encoding: .utf8)
    let files = try folder.files()
    let failure = await refusal { _ = try issue(.operator, "alice") }
    #expect(failure?.code == .exists)
    #expect(failure?.remedy == "name another folder with --out, or replace what is there with --force")
    #expect(try folder.files() == files)
    #expect(try String(contentsOfFile: first.files[1], encoding: .utf8) == before)
    let second = try authority.issue(
      CertificateOrder(role: .operator, name: "alice"), to: folder.path + "/alice", replacing: true, now: noon)
    #expect(try authority.issued().map(\.facts.serial).sorted() == [first.facts.serial, second.facts.serial].sorted())
    #expect(try String(contentsOfFile: first.files[1], encoding: .utf8) != before)
    #expect(try folder.files()["alice/alice.key"] == 0o600)
  }

  @Test func wrongOrders() async throws {
    let cases: [(CertificateOrder, String)] = [
      (CertificateOrder(role: .node, name: "n"), "a node is reached under a domain or an address, and none is given"),
      (
        CertificateOrder(role: .operator, name: "n", addresses: ["a"]),
        "addresses are those of nodes, and operator is none"
      ),
      (
        CertificateOrder(role: .node, name: "n", addresses: ["*.a"]), "*.a is neither a domain nor an IP address"
      ),
      (CertificateOrder(role: .operator, name: "n", days: 0), "0 is not a number of days from 1 to 36500"),
    ]
    let names = ["", " ", ".", "../a", "a/b", "-a", "a\nb", "a\u{1b}", String(repeating: "a", count: 65)]
    for (order, cause) in cases {
      let failure = await refusal {
        _ = try authority.issue(order, to: folder.path + "/out", replacing: false, now: noon)
      }
      #expect(failure?.cause == cause)
    }
    for name in names {
      let failure = await refusal { _ = try issue(.operator, name) }
      #expect(failure?.code == .invalid, "\(name)")
    }
    #expect(try folder.files().keys.allSatisfy { $0.hasPrefix("ca/") })
  }

  @Test func revoking() async throws {
    let (alice, bob) = (try issue(.operator, "alice"), try issue(.readOnly, "bob"))
    let done = try authority.revoke("alice", now: noon + 60)
    #expect(!done.wasRevoked)
    #expect(done.list.revoked == [alice.facts.serial: noon + 60])
    #expect(done.list.number == "02")
    let trust = try trust()
    let failure = await refusal { _ = try await trust.client(try chain(alice.files[0]), now: noon + 60) }
    #expect(failure?.cause == "its certificate \(alice.facts.serial) was revoked at 2027-01-15T12:01:00Z")
    #expect(try await trust.client(try chain(bob.files[0]), now: noon + 60).name == "bob")
    let again = try authority.revoke(alice.facts.serial.uppercased(), now: noon + 90)
    #expect(again.wasRevoked)
    #expect(again.since == noon + 60)
    #expect(again.list.revoked == done.list.revoked)
    let later = try authority.refresh(now: noon + 10 * day)
    #expect(later.ends == noon + 100 * day)
    #expect(later.revoked == done.list.revoked)
    #expect(
      try authority.issued().map { $0.state(at: noon + 400 * day) } == [.revoked, .expired])
    let unknown = await refusal { _ = try authority.revoke("carol", now: noon) }
    #expect(unknown?.code == .notFound)
  }

  @Test func namesOfSeveralAreNotGuessed() async throws {
    let first = try issue(.operator, "alice")
    let second = try authority.issue(
      CertificateOrder(role: .node, name: "alice", addresses: ["a"]), to: folder.path + "/2", replacing: false,
      now: noon)
    let failure = await refusal { _ = try authority.revoke("alice", now: noon) }
    #expect(failure?.code == .invalid)
    for serial in [first.facts.serial, second.facts.serial] { #expect(failure?.cause.contains(serial) == true) }
    _ = try authority.revoke(first.facts.serial, now: noon)
    #expect(try authority.revoke("alice", now: noon).facts.serial == second.facts.serial)
    #expect(try authority.revoke("alice", now: noon).wasRevoked)
  }

  @Test func manyAtOnceLoseNothing() async throws {
    let (authority, path) = (authority, folder.path)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<8 {
        group.addTask {
          _ = try authority.issue(
            CertificateOrder(role: .operator, name: "p\(index)"), to: "\(path)/p\(index)", replacing: false, now: noon)
          _ = try authority.revoke("p\(index)", now: noon)
        }
      }
      try await group.waitForAll()
    }
    let all = try authority.issued()
    #expect(all.count == 8)
    #expect(all.allSatisfy { $0.revoked == noon })
    #expect(try CertificateFile(path: authority.listPath).lists[0].number == "09")
  }

  @Test func whatIsMixedUpIsNotUsed() async throws {
    let other = Authority(folder: folder.path + "/other")
    _ = try other.make(name: "Other", days: 1, now: noon)
    func swap(_ name: String) async throws -> Failure? {
      let (here, there) = ("\(authority.folder)/\(name)", "\(other.folder)/\(name)")
      let own = try String(contentsOfFile: here, encoding: .utf8)
      try String(contentsOfFile: there, encoding: .utf8).write(toFile: here, atomically: false, encoding: .utf8)
      defer { try? own.write(toFile: here, atomically: false, encoding: .utf8) }
      return await refusal { _ = try issue(.operator, "alice") }
    }
    #expect(try await swap("ca.key")?.cause.hasSuffix("ca.key is not the key of \(authority.certificatePath)") == true)
    #expect(try await swap("crl.pem")?.cause.hasSuffix("crl.pem is not signed by \(authority.certificatePath)") == true)
    let expired = await refusal {
      _ = try other.issue(
        CertificateOrder(role: .operator, name: "a"), to: folder.path + "/a", replacing: false, now: noon + 2 * day)
    }
    #expect(expired?.cause == "the authority has expired")
  }
}
