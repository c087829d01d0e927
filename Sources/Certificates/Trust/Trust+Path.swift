import FoundationEssentials
import SwiftASN1
// The usual initializer takes the time from the clock.
@_spi(FixedExpiryValidationTime) import X509

extension Trust {
  /// Finds a path from the first certificate to an authority that meets all rules.
  func check(_ certificates: [Certificate], _ rules: ChainRules) async throws(Objection) {
    guard let leaf = certificates.first else { throw Objection("it presents no certificate") }
    let policy = ChainPolicy(rules: rules)
    var verifier = Verifier(rootCertificates: CertificateStore(authorities)) {
      policy
      RFC5280Policy(fixedExpiryValidationTime: rules.now)
    }
    let known = verifier.policy.verifyingCriticalExtensions
    if let unknown = leaf.extensions.first(where: { $0.critical && !known.contains($0.oid) }) {
      throw Objection("its certificate has the critical extension \(unknown.oid), which is not known here")
    }
    let result = await verifier.validate(leaf: leaf, intermediates: CertificateStore(certificates.dropFirst()))
    guard case .couldNotValidate(let failures) = result else { return }
    guard let chain = failures.first?.chain else { throw unknownAuthority(of: certificates) }
    try rules.check(Array(chain))
    throw Objection("the path to its authority breaks a length or a restriction of names (RFC 5280, section 6.1)")
  }

  /// Why no path was found.
  private func unknownAuthority(of certificates: [Certificate]) -> Objection {
    var last = certificates[0]
    for _ in certificates {
      guard let issuer = certificates.first(where: { $0.subject == last.issuer && $0.subject != last.subject }) else {
        break
      }
      last = issuer
    }
    let name = last.issuer.words
    let remedy = "make one with the authority that is trusted here (vmsupervisor tls issue), or trust that one too"
    if authorities.contains(where: { $0.subject == last.issuer }) {
      return Objection("it names the authority \(name), whose key has not signed it", remedy: remedy)
    }
    return Objection("its authority \(name) is not trusted here", remedy: remedy)
  }
}

/// The rules as a policy of the library. Its reasons are not read: the rules are asked again for theirs.
private struct ChainPolicy: VerifierPolicy, Sendable {
  let rules: ChainRules
  /// Looked at by `ChainRules` and `Identity`.
  let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [
    .X509ExtensionID.subjectAlternativeName, .X509ExtensionID.extendedKeyUsage,
  ]

  mutating func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) async -> PolicyEvaluationResult {
    do throws(Objection) { try rules.check(Array(chain)) } catch {
      let cause = error.cause
      return .failsToMeetPolicy(reason: cause)
    }
    guard case .server(let host) = rules.peer else { return .meetsPolicy }
    var identity =
      switch host {
      case .domain(let domain): ServerIdentityPolicy(serverHostname: domain, serverIP: nil)
      case .address: ServerIdentityPolicy(serverHostname: nil, serverIP: host.text)
      }
    return identity.chainMeetsPolicyRequirements(chain: chain)
  }
}
