package import Failure
package import FoundationEssentials
import Linux

extension Authority {
  /// What was revoked, and the list that says so.
  package struct Revocation: Hashable, Sendable {
    package var facts: CertificateFacts
    /// Since when.
    package var since: Date
    /// Whether it was revoked before.
    package var wasRevoked: Bool
    package var list: RevocationListFacts
  }

  /// Puts a certificate on the list of what is trusted no more, and makes the list anew.
  ///
  /// - Parameters:
  ///   - reference: the serial number, or the name of a holder who has one certificate.
  /// - Throws: `.notFound`; `.invalid` if a name has several certificates.
  package func revoke(_ reference: String, now: Date) throws(Failure) -> Revocation {
    try alone { content throws(Failure) in
      let issued = try pick(reference, of: try all(content), now: now)
      let since = issued.revoked ?? CertificateTime(now).date
      var revoked = content.list.list.revoked
      revoked[issued.facts.serial] = since
      let list = try write(revoked, content, now: now)
      return Revocation(facts: issued.facts, since: since, wasRevoked: issued.revoked != nil, list: list)
    }
  }

  /// Makes the list anew, with a later end.
  package func refresh(now: Date) throws(Failure) -> RevocationListFacts {
    try alone { content throws(Failure) in
      try write(content.list.list.revoked, content, now: now)
    }
  }

  /// Everything that was issued, by name; what was issued last comes last.
  package func issued() throws(Failure) -> [IssuedCertificate] {
    try alone { content throws(Failure) in try all(content) }
  }

  private func write(_ revoked: [String: Date], _ content: Content, now: Date) throws(Failure) -> RevocationListFacts {
    let list: SignedRevocationList
    do throws(Objection) {
      list = try CertificateMaking.list(revoked, number: content.list.list.nextNumber, by: content.own, now: now)
    } catch {
      throw error.failure(.internal, "make a revocation list", folder)
    }
    var files = NewFiles()
    files.add(listPath, list.pem)
    try files.make(replacing: true)
    return RevocationListFacts(list.list)
  }

  private func all(_ content: Content) throws(Failure) -> [IssuedCertificate] {
    let names: [String]
    do throws(Errno) { names = try Files.names(in: issuedFolder) } catch {
      throw error.failure("read folder", issuedFolder, remedy: "run it as the owner of \(folder)")
    }
    var all: [IssuedCertificate] = []
    for name in names where name.hasSuffix(".pem") {
      let path = issuedFolder + "/" + name
      let text = try TextFile.read(path, "certificate")
      do throws(Objection) {
        let facts = try CertificateFacts(try .one(in: text))
        all.append(IssuedCertificate(facts: facts, revoked: content.list.list.revoked[facts.serial]))
      } catch {
        throw Failure(
          .state, operation: "read certificate", object: path, cause: error.cause,
          remedy: "restore it, or move it to another folder")
      }
    }
    return all.sorted {
      ($0.facts.name, $0.facts.begins, $0.facts.serial) < ($1.facts.name, $1.facts.begins, $1.facts.serial)
    }
  }

  private func pick(_ reference: String, of all: [IssuedCertificate], now: Date) throws(Failure) -> IssuedCertificate {
    let serial = SerialText.canonical(reference)
    if let exact = all.first(where: { $0.facts.serial == serial }) { return exact }
    let named = all.filter { $0.facts.name == reference }
    func refuse(_ code: Failure.Code, _ cause: String, _ remedy: String) -> Failure {
      Failure(code, operation: "revoke certificate", object: reference, cause: cause, remedy: remedy)
    }
    guard let last = named.last else {
      throw refuse(
        .notFound, "nothing of that name or serial number was issued from \(folder)",
        "see what was: vmsupervisor tls show --folder \(folder)")
    }
    let open = named.filter { $0.revoked == nil }
    let good = open.filter { $0.state(at: now) == .valid }
    let candidates = good.isEmpty ? open : good
    if candidates.isEmpty { return last }
    guard candidates.count == 1 else {
      let serials = candidates.map(\.facts.serial).joined(separator: ", ")
      throw refuse(
        .invalid, "it has \(candidates.count) certificates: \(serials)", "name one of them by its serial number")
    }
    return candidates[0]
  }
}
