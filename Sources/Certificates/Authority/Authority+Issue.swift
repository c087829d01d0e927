import Crypto
package import Failure
package import FoundationEssentials
import Glibc
import Linux
import X509

extension Authority {
  /// What was made and where it is.
  package struct Issue: Hashable, Sendable {
    package var facts: CertificateFacts
    /// `NAME.pem`, `NAME.key`, `ca.pem` and `crl.pem`, as paths.
    package var files: [String]
  }

  /// Makes a key and a certificate for it, and writes them with the authority's certificate and list to a folder.
  ///
  /// - Parameters:
  ///   - order: what for.
  ///   - out: the folder, which is made if it is not there. The key is its owner's alone.
  ///   - replacing: whether files that are there give way.
  /// - Throws: `.exists` for files that are there; `.invalid` for an order that makes no sense.
  package func issue(_ order: CertificateOrder, to out: String, replacing: Bool, now: Date) throws(Failure) -> Issue {
    let hosts = try order.checked()
    return try alone { content throws(Failure) in
      try issue(order, hosts, content, to: out, replacing: replacing, now: now)
    }
  }

  private func issue(
    _ order: CertificateOrder, _ hosts: [HostName], _ content: Content, to out: String, replacing: Bool, now: Date
  ) throws(Failure) -> Issue {
    // What a daemon reads by default has the same name on every node.
    let stem = out + "/" + (order.role == .node ? "node" : order.name)
    let secret = P256.Signing.PrivateKey()
    let facts: CertificateFacts
    let text: String
    do throws(Objection) {
      guard try Objection.of("its dates are damaged", { try content.own.certificate.lifetime().ends }) > now else {
        throw Objection("the authority has expired", remedy: "make a new one: vmsupervisor tls init --folder OTHER")
      }
      let certificate = try Objection.of("the certificate cannot be made") {
        try CertificateMaking.leaf(
          order, hosts: hosts, key: Certificate.PrivateKey(secret).publicKey, serial: SerialText.random(),
          by: content.own, now: now)
      }
      facts = try CertificateFacts(certificate)
      text = try certificate.pem()
    } catch {
      throw error.failure(.state, "issue certificate", order.name)
    }
    let isNew = try Self.makeFolder(out)
    var given = NewFiles()
    given.add(key: stem + ".key", secret.pemRepresentation + "\n")
    given.add(stem + ".pem", text)
    var files = [stem + ".pem", stem + ".key"]
    for (name, text) in [("ca.pem", content.certificateText), ("crl.pem", content.list.pem)] {
      let path = out + "/" + name
      files.append(path)
      // The same again is no other's file.
      if (try? Files.readText(path, limit: PEM.longest)) != text { given.add(path, text) }
    }
    var record = NewFiles()
    // First: what is not known here could not be revoked.
    record.add(issuedPath(facts.serial), text)
    try record.make(replacing: false)
    do throws(Failure) { try given.make(replacing: replacing) } catch {
      unlink(issuedPath(facts.serial))
      if isNew { rmdir(out) }
      throw error
    }
    return Issue(facts: facts, files: files)
  }

  /// - Returns: whether it was not there.
  private static func makeFolder(_ path: String) throws(Failure) -> Bool {
    if Files.exists(path) { return false }
    do throws(Errno) { try Files.makeFolders(path, mode: 0o700) } catch {
      throw error.failure("make folder", path, remedy: "name another folder with --out")
    }
    return true
  }
}
