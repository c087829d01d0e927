import FoundationEssentials
import X509

/// A list of what was revoked, with the authority that was found to have signed it.
struct TrustedList: Sendable {
  let list: RevocationList
  let authority: Certificate

  /// Whether it speaks of what an authority has signed.
  func isOf(_ issuer: Certificate) -> Bool {
    issuer.publicKey == authority.publicKey && issuer.subject == authority.subject
  }

  /// Whether a certificate of that authority may still be trusted.
  /// - Throws: also if the list is too old to know.
  func check(_ certificate: Certificate, now: Date) throws(Objection) {
    let serial = certificate.serialText
    if let date = list.revoked[serial] {
      throw Objection(
        "its certificate \(serial) was revoked at \(CertificateTime.text(date))",
        remedy: "make a new one: vmsupervisor tls issue")
    }
    let whose = "the revocation list of \(authority.subject.words)"
    guard now <= list.ends else {
      throw Objection(
        "\(whose) has expired at \(CertificateTime.text(list.ends))",
        remedy: "make a new one: vmsupervisor tls refresh, and copy crl.pem to every host that uses it")
    }
    guard now >= list.begins else {
      throw Objection(
        "\(whose) is of \(CertificateTime.text(list.begins)), and here it is \(CertificateTime.text(now))",
        remedy: "set the clocks of both hosts, or wait")
    }
  }

  /// Of several lists of an authority the newest.
  static func newest(_ lists: [TrustedList]) -> [TrustedList] {
    lists.filter { one in
      !lists.contains { $0.isOf(one.authority) && $0.list.isNewer(than: one.list) }
    }
  }
}
