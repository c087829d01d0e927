import Access
import Text
import X509

extension Identity {
  /// Longest name, characters (RFC 5280, appendix A.1: ub-common-name).
  static let longestName = 64

  /// Who holds a certificate that was found good.
  ///
  /// The role is in a URI of the subject's alternative names, or, without one, the subject's organizational unit.
  init(of certificate: Certificate) throws(Objection) {
    self.init(
      name: try Self.name(of: certificate.subject), role: try Self.role(of: certificate),
      serial: certificate.serialText)
  }

  private static func name(of subject: DistinguishedName) throws(Objection) -> String {
    let remedy = "make one with a name: vmsupervisor tls issue ROLE NAME"
    let name = HarmlessText.line(subject.commonName ?? "")
    guard !name.allSatisfy(\.isWhitespace) else {
      throw Objection("its certificate's subject has no common name", remedy: remedy)
    }
    guard (subject.commonName ?? "").count <= longestName else {
      throw Objection("its certificate's common name has more than \(longestName) characters", remedy: remedy)
    }
    return name
  }

  private static func role(of certificate: Certificate) throws(Objection) -> Role {
    let roles = try Self.roles(of: certificate)
    guard let role = roles.first else {
      throw Objection(
        "its certificate says no role: a URI \(Role.prefix)ROLE, or an organizational unit that is \(Role.words)",
        remedy: "make one with a role: vmsupervisor tls issue ROLE NAME")
    }
    guard Set(roles).count == 1 else {
      let words = Set(roles).map(\.rawValue).sorted().joined(separator: " and ")
      throw Objection(
        "its certificate says several roles: \(words)", remedy: "make one for each: vmsupervisor tls issue ROLE NAME")
    }
    return role
  }

  /// Every role that a certificate says, in its order.
  /// - Throws: for a URI that is meant for a role and names none.
  static func roles(of certificate: Certificate) throws(Objection) -> [Role] {
    let names = try Objection.of("its certificate's alternative names are damaged") {
      try certificate.extensions.subjectAlternativeNames ?? SubjectAlternativeNames()
    }
    var roles: [Role] = []
    for case .uniformResourceIdentifier(let uri) in names where uri.hasPrefix(Role.prefix) {
      let word = String(uri.dropFirst(Role.prefix.count))
      guard let role = Role(rawValue: word) else {
        throw Objection(
          "its certificate says the role \(HarmlessText.line(word)), and there are \(Role.words)",
          remedy: "make one with a role: vmsupervisor tls issue ROLE NAME")
      }
      roles.append(role)
    }
    if !roles.isEmpty { return roles }
    return certificate.subject.texts(.RDNAttributeType.organizationalUnitName).compactMap { Role(rawValue: $0) }
  }
}
