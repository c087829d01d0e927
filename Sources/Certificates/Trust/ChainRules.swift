import FoundationEssentials
import X509

/// What a chain must be besides what `RFC5280Policy` asks of it, each with its sentence.
struct ChainRules: Sendable {
  let peer: Peer
  let now: Date
  let lists: [TrustedList]

  /// Checks a chain that holds together, the leaf first, an authority that is trusted last.
  func check(_ chain: [Certificate]) throws(Objection) {
    guard let leaf = chain.first else { throw Objection("it presents no certificate") }
    for (certificate, issuer) in zip(chain, chain.dropFirst()) {
      // A signature that can be made up says nothing.
      guard certificate.signatureAlgorithm != .sha1WithRSAEncryption else {
        throw Objection(
          "the certificate of \(certificate.subject.words) is signed with SHA-1",
          remedy: "make a new one: vmsupervisor tls issue")
      }
      for list in lists where list.isOf(issuer) { try list.check(certificate, now: now) }
    }
    try checkLifetime(leaf, "its certificate", remedy: "make a new one: vmsupervisor tls issue")
    for authority in chain.dropFirst() { try checkAuthority(authority) }
    try checkLeaf(leaf)
    if case .server(let host) = peer { try check(leaf, for: host) }
  }

  private func checkLifetime(_ certificate: Certificate, _ whose: String, remedy: String) throws(Objection) {
    let (begins, ends) = try Objection.of("\(whose) has damaged dates") { try certificate.lifetime() }
    guard now >= begins else {
      throw Objection(
        "\(whose) is not valid before \(CertificateTime.text(begins)), and here it is \(CertificateTime.text(now))",
        remedy: "set the clocks of both hosts, or wait")
    }
    guard now <= ends else { throw Objection("\(whose) has expired at \(CertificateTime.text(ends))", remedy: remedy) }
  }

  private func checkAuthority(_ authority: Certificate) throws(Objection) {
    let whose = "the certificate of its authority \(authority.subject.words)"
    try checkLifetime(authority, whose, remedy: "make a new authority, and new certificates: vmsupervisor tls init")
    guard authority.isAuthority else { throw Objection("\(whose) is none of an authority (basicConstraints)") }
    let usage = try Objection.of("\(whose) has a damaged keyUsage") { try authority.extensions.keyUsage }
    guard usage?.keyCertSign ?? true else { throw Objection("\(whose) may sign no certificates (keyUsage)") }
  }

  private func checkLeaf(_ leaf: Certificate) throws(Objection) {
    let remedy = "make one for \(peer.words): vmsupervisor tls issue"
    guard !leaf.isAuthority else { throw Objection("its certificate is that of an authority", remedy: remedy) }
    let (key, extended) = try Objection.of("its certificate's key usage is damaged", remedy: remedy) {
      (try leaf.extensions.keyUsage, try leaf.extensions.extendedKeyUsage)
    }
    // What TLS 1.3 does with it (RFC 8446, section 4.4.2.2).
    guard key?.digitalSignature ?? true else {
      throw Objection("its certificate's key is not for signatures (keyUsage)", remedy: remedy)
    }
    guard extended?.contains(peer.usage) ?? false else {
      let uses = extended.map { $0.map { "\($0)" }.joined(separator: ", ") } ?? "not there"
      throw Objection(
        "its certificate is not for \(peer.words): its extended key usage is \(uses), \(peer.usage) is needed",
        remedy: remedy)
    }
  }

  private func check(_ leaf: Certificate, for host: HostName) throws(Objection) {
    let names = try Objection.of("its certificate's alternative names are damaged") {
      try leaf.extensions.subjectAlternativeNames ?? SubjectAlternativeNames()
    }
    guard !names.contains(where: { host.matches($0) }) else { return }
    let others = HostName.all(in: names)
    let whom = others.isEmpty ? "no host by name" : others.joined(separator: ", ")
    throw Objection(
      "its certificate is for \(whom), not for \(host.text)",
      remedy: "make one that has it: vmsupervisor tls issue node NAME --address \(host.text)")
  }
}
