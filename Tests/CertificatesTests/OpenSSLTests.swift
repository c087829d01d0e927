import Access
import Crypto
import Failure
import Foundation
import Testing
import X509

@testable import Certificates

/// What is made here is good for the world's most usual program, and the other way round.
@Suite struct OpenSSLTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func oursIsGoodThere() throws {
    let now = Date()
    let authority = Authority(folder: folder.path + "/ca")
    _ = try authority.make(name: "Ours", days: 10, now: now)
    let node = try authority.issue(
      CertificateOrder(
        role: .node, name: "node-1", addresses: ["node1.example.org", "192.0.2.1", "2001:db8::1"], days: 5),
      to: folder.path + "/node", replacing: false, now: now)
    let alice = try authority.issue(
      CertificateOrder(role: .operator, name: "alice", days: 5), to: folder.path + "/alice", replacing: false, now: now)
    let (ca, list) = (authority.certificatePath, authority.listPath)
    func verify(_ path: String, _ purpose: String, _ more: String..., status: Int32 = 0) throws -> String {
      let usual = ["verify", "-x509_strict", "-crl_check", "-CAfile", ca, "-CRLfile", list, "-purpose", purpose]
      return try OpenSSL.run(usual + more + [path], status: status)
    }
    #expect(try verify(node.files[0], "sslserver", "-verify_hostname", "node1.example.org").contains(": OK"))
    #expect(try verify(node.files[0], "sslserver", "-verify_ip", "2001:db8::1").contains(": OK"))
    #expect(try verify(node.files[0], "sslclient").contains(": OK"))
    #expect(try verify(alice.files[0], "sslclient").contains(": OK"))
    _ = try verify(alice.files[0], "sslserver", status: 2)
    #expect(try OpenSSL.run("crl", "-in", list, "-noout", "-verify", "-CAfile", ca).contains("verify OK"))
    _ = try authority.revoke("alice", now: now)
    #expect(try OpenSSL.run("crl", "-in", list, "-noout", "-verify", "-CAfile", ca).contains("verify OK"))
    let text = try OpenSSL.run("crl", "-in", list, "-noout", "-text", "-crlnumber")
    #expect(text.contains(alice.facts.serial.uppercased()))
    #expect(text.contains("Version 2") && text.contains("=0x02"))
    #expect(try verify(alice.files[0], "sslclient", status: 2).contains("certificate revoked"))
    #expect(try verify(node.files[0], "sslclient").contains(": OK"))
    let shown = try OpenSSL.run("x509", "-in", node.files[0], "-noout", "-ext", "subjectAltName,basicConstraints")
    #expect(shown.contains("URI:urn:procurator:role:node, DNS:node1.example.org, IP Address:192.0.2.1"))
    #expect(try OpenSSL.run("pkey", "-in", node.files[1], "-noout", "-check").contains("valid"))
  }

  @Test(arguments: ["EC", "RSA"]) func theirsIsGoodHere(kind: String) async throws {
    let path = folder.path
    let settings = try folder.file(
      "ca.cnf",
      """
      [ca]
      default_ca = own
      [own]
      database = \(path)/index
      new_certs_dir = \(path)
      certificate = \(path)/ca.pem
      private_key = \(path)/ca.key
      crlnumber = \(path)/number
      rand_serial = yes
      default_md = sha256
      default_days = 5
      default_crl_days = 5
      policy = any
      crl_extensions = list
      [any]
      organizationalUnitName = optional
      commonName = supplied
      [list]
      authorityKeyIdentifier = keyid:always
      [req]
      distinguished_name = name
      [name]
      [authority]
      basicConstraints = critical,CA:true
      keyUsage = critical,keyCertSign,cRLSign
      subjectKeyIdentifier = hash
      [client]
      extendedKeyUsage = clientAuth
      subjectAltName = URI:urn:procurator:role:control-plane
      authorityKeyIdentifier = keyid
      [unit]
      extendedKeyUsage = clientAuth

      """)
    _ = try folder.file("index", "")
    _ = try folder.file("number", "0A\n")
    let isRSA = kind == "RSA"
    let curve = ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    let kind = kind == "EC" ? curve : ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    func request(_ name: String, _ subject: String, _ kind: [String], _ more: String...) throws {
      try OpenSSL.run(
        ["req", "-config", settings, "-newkey"] + kind + ["-nodes", "-subj", subject, "-keyout", "\(path)/\(name).key"]
          + more)
    }
    try request("ca", "/CN=Theirs", kind, "-x509", "-days", "9", "-extensions", "authority", "-out", "\(path)/ca.pem")
    for (name, subject, extensions) in [
      ("bob", "/CN=bob", "client"), ("eve", "/OU=operator/CN=eve", "unit"), ("old", "/CN=old", "client"),
    ] {
      try request(name, subject, curve, "-out", "\(path)/\(name).csr")
      try OpenSSL.run(
        "ca", "-batch", "-config", settings, "-notext", "-in", "\(path)/\(name).csr", "-extensions", extensions, "-md",
        name == "old" ? "sha1" : "sha256", "-out", "\(path)/\(name).pem")
    }
    try OpenSSL.run("ca", "-config", settings, "-revoke", "\(path)/eve.pem", "-crl_reason", "keyCompromise")
    try OpenSSL.run("ca", "-config", settings, "-gencrl", "-out", "\(path)/crl.pem")
    func text(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name).pem", encoding: .utf8) }
    let trust = try Trust(authorities: text("ca"), revoked: text("crl"))
    #expect(trust.lists.map(\.list.number) == [[0x0a]])
    let bob = try await trust.client([Certificate.one(in: text("bob")).der()], now: Date())
    #expect(bob.role == .controlPlane)
    let eve = [try Certificate.one(in: text("eve")).der()]
    let failure = await refusal { _ = try await trust.client(eve, now: Date()) }
    #expect(failure?.cause.contains("was revoked at") == true)
    #expect(try await Trust(authorities: text("ca"), revoked: nil).client(eve, now: Date()).role == .operator)
    // ECDSA with SHA-1 is not even read.
    let old = try PEM.documents(text("old")).map(\.derBytes)
    let weak = await refusal { _ = try await trust.client(old, now: Date()) }
    #expect(
      weak?.cause
        == (isRSA
          ? "the certificate of old is signed with SHA-1"
          : "it presents a certificate that cannot be used: its key or its signature is of a kind that is not known here")
    )
    let late = await refusal { _ = try await trust.client(eve, now: Date() + 6 * day) }
    #expect(late?.code == .denied)
  }
}
