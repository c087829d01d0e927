import Crypto
package import Failure
package import FoundationEssentials
import Glibc
import Linux
import X509

extension Authority {
  /// Makes an authority in a folder that is not there yet, or empty. The folder appears with all that is in it.
  ///
  /// - Parameters:
  ///   - name: its name in certificates.
  ///   - days: how long it holds.
  /// - Throws: `.exists` if there is one already, or anything else.
  package func make(name: String, days: Int, now: Date) throws(Failure) -> CertificateFacts {
    try CertificateOrder.check(name: name, operation: "make authority")
    try CertificateOrder.check(days: days, operation: "make authority", name)
    try refuseExisting()
    let making = folder + ".unfinished"
    let lock = try prepare(making)
    do throws(Failure) {
      let facts = try fill(making, name: name, days: days, now: now)
      try place(making)
      _ = consume lock
      return facts
    } catch {
      try? Files.removeFolder(making)
      throw error
    }
  }

  private func place(_ making: String) throws(Failure) {
    guard rename(making, folder) == 0 else {
      let error = Errno(errno)
      try refuseExisting()
      throw error.failure("make authority", folder, remedy: "name a folder that is not there, or is empty")
    }
    do throws(Errno) { try Files.syncFolder(of: folder) } catch { throw error.failure("write", folder) }
  }

  private func refuseExisting() throws(Failure) {
    let names: [String]
    do throws(Errno) { names = try Files.names(in: folder) } catch {
      if error.code == ENOENT { return }
      throw error.failure("make authority", folder, remedy: "run it as root, or name your folder with --folder")
    }
    if names.isEmpty { return }
    let isOne = names.contains("ca.pem") || names.contains("ca.key")
    throw Failure(
      .exists, operation: "make authority", object: folder,
      cause: isOne ? "there is an authority already" : "the folder holds something else",
      remedy: isOne
        ? "use it (vmsupervisor tls issue), or name another folder with --folder" : "name another folder with --folder")
  }

  /// The folder beside, locked, so that what an interrupted command has left is told from one at work.
  private func prepare(_ making: String) throws(Failure) -> Descriptor {
    do throws(Errno) {
      if let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
        try Files.makeFolders(String(folder[..<slash]), mode: 0o755)
      }
      if mkdir(making, 0o700) != 0 {
        guard errno == EEXIST else { throw Errno(errno) }
        guard try isOurs(making) else { throw Errno(EEXIST) }
        guard let stale = try LockFile.acquire(making + "/lock") else { throw Errno(EBUSY) }
        try Files.removeFolder(making)
        _ = consume stale
        if mkdir(making, 0o700) != 0 { throw Errno(errno) }
      }
      guard let lock = try LockFile.acquire(making + "/lock") else { throw Errno(EBUSY) }
      return lock
    } catch {
      throw error.failure(
        "make authority", folder,
        remedy: error.code == EBUSY
          ? "another command makes it right now" : "run it as root, or name your folder with --folder")
    }
  }

  /// Whether an interrupted command has left a folder, and nobody has put anything into it.
  private func isOurs(_ making: String) throws(Errno) -> Bool {
    let ours = ["ca.key", "ca.pem", "crl.pem", "issued", "lock"]
    return try Files.names(in: making).allSatisfy { name in ours.contains { name.hasPrefix($0) } }
  }

  private func fill(_ making: String, name: String, days: Int, now: Date) throws(Failure) -> CertificateFacts {
    let place = Authority(folder: making)
    let secret = P256.Signing.PrivateKey()
    var files = NewFiles()
    let facts: CertificateFacts
    do throws(Objection) {
      let key = Certificate.PrivateKey(secret)
      let certificate = try Objection.of("the certificate cannot be made") {
        try CertificateMaking.authority(name: name, days: days, key: key, serial: SerialText.random(), now: now)
      }
      let own = AuthorityKey(certificate: certificate, key: key)
      files.add(key: place.keyPath, secret.pemRepresentation + "\n")
      files.add(place.listPath, try CertificateMaking.list([:], number: [1], by: own, now: now).pem)
      files.add(place.certificatePath, try certificate.pem())
      facts = try CertificateFacts(certificate)
    } catch {
      throw error.failure(.internal, "make authority", folder)
    }
    if mkdir(place.issuedFolder, 0o700) != 0 {
      throw Errno(errno).failure("write", place.issuedFolder, remedy: "see to space and permissions there")
    }
    try files.make(replacing: false)
    return facts
  }
}
