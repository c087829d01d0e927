package import FoundationEssentials

/// A certificate that an authority has made, and what has become of it.
package struct IssuedCertificate: Hashable, Sendable {
  package var facts: CertificateFacts
  /// Since when it is trusted no more; nil if it is not revoked.
  package var revoked: Date?

  /// Whether it is good for anything.
  package enum State: String, CaseIterable, Sendable { case valid, expired, revoked }

  /// What it is at a time.
  package func state(at now: Date) -> State {
    if revoked != nil { return .revoked }
    return now > facts.ends ? .expired : .valid
  }
}
