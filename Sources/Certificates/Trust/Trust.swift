package import Access
package import Failure
package import FoundationEssentials
import SwiftASN1
import X509

/// Whom to trust: the authorities' certificates and their lists of what was revoked. A value.
package struct Trust: Sendable {
  let authorities: [Certificate]
  let lists: [TrustedList]

  /// Longest text that is read, bytes.
  package static let longestText = PEM.longest

  /// Most certificates that somebody may present: paths through more could take long to try.
  static let longestChain = 5

  /// Reads both.
  ///
  /// An authority without a list is trusted in all that it has signed. Of several lists of one the newest counts.
  ///
  /// - Parameters:
  ///   - authorities: one or more certificates of authorities, PEM.
  ///   - revoked: their lists (CRL, RFC 5280, section 5), PEM; nil or empty for none.
  /// - Throws: `.invalid` for a text that holds anything else, and for a list that none of the authorities has signed.
  package init(authorities: String, revoked: String?) throws(Failure) {
    let known: [Certificate]
    do throws(Objection) { known = try Self.read(authorities) } catch {
      throw error.failure(.invalid, "read", "the certificates of authorities")
    }
    self.authorities = known
    do throws(Objection) { lists = try Self.read(lists: revoked ?? "", of: known) } catch {
      throw error.failure(.invalid, "read", "the revocation list")
    }
  }

  private static func read(_ text: String) throws(Objection) -> [Certificate] {
    var known: [Certificate] = []
    for document in try PEM.documents(text, only: PEM.certificate) {
      let certificate = try Certificate.read(document.derBytes)
      guard certificate.isAuthority else {
        throw Objection(
          "\(certificate.subject.words) is none (basicConstraints)",
          remedy: "name the file with the certificate of the authority: ca.pem of vmsupervisor tls init")
      }
      known.append(certificate)
    }
    guard !known.isEmpty else {
      throw Objection("there is none in it", remedy: "name a file that begins with -----BEGIN CERTIFICATE-----")
    }
    return known
  }

  private static func read(lists text: String, of authorities: [Certificate]) throws(Objection) -> [TrustedList] {
    if text.allSatisfy(\.isWhitespace) { return [] }
    var lists: [TrustedList] = []
    for document in try PEM.documents(text, only: PEM.revocationList) {
      let signed = try SignedRevocationList(der: document.derBytes)
      guard let authority = authorities.first(where: { signed.isSigned(by: $0) }) else {
        throw Objection(
          "it says that it is of \(signed.list.issuer.words), and none of the authorities has signed it",
          remedy: "name the list of an authority that is trusted: crl.pem beside its ca.pem")
      }
      lists.append(TrustedList(list: signed.list, authority: authority))
    }
    guard !lists.isEmpty else {
      throw Objection("there is none in it", remedy: "name a file that begins with -----BEGIN X509 CRL-----")
    }
    return TrustedList.newest(lists)
  }

  /// Checks what a client has presented, by RFC 5280: that an authority has signed it, that it is for clients
  /// (clientAuth), valid, and not revoked; and says who it is.
  ///
  /// - Parameters:
  ///   - chain: DER, the leaf first.
  ///   - now: when.
  /// - Throws: `.denied`.
  package func client(_ chain: [[UInt8]], now: Date) async throws(Failure) -> Identity {
    let certificates: [Certificate]
    do throws(Objection) { certificates = try Self.read(chain: chain) } catch {
      throw error.failure(.denied, "accept", "a client")
    }
    do throws(Objection) {
      try await check(certificates, ChainRules(peer: .client, now: now, lists: lists))
      return try Identity(of: certificates[0])
    } catch {
      throw error.failure(.denied, "accept client", certificates[0].subject.words)
    }
  }

  /// The same for a server: that it is for servers (serverAuth), and for the host that was asked for (subject's
  /// alternative name, RFC 9525).
  ///
  /// - Parameters:
  ///   - chain: DER, the leaf first.
  ///   - host: the domain or IP address under which it was reached.
  ///   - now: when.
  /// - Throws: `.denied`; `.invalid` if `host` is neither.
  package func server(_ chain: [[UInt8]], host: String, now: Date) async throws(Failure) {
    guard let name = HostName(host) else {
      throw Failure(
        .invalid, operation: "trust server", object: host, cause: "that is neither a domain nor an IP address",
        remedy: "write a name such as node1.example.org, or an address such as 192.0.2.1 or 2001:db8::1")
    }
    do throws(Objection) {
      try await check(try Self.read(chain: chain), ChainRules(peer: .server(name), now: now, lists: lists))
    } catch {
      throw error.failure(.denied, "trust server", host)
    }
  }

  private static func read(chain: [[UInt8]]) throws(Objection) -> [Certificate] {
    guard !chain.isEmpty else {
      throw Objection("it presents no certificate", remedy: "make one: vmsupervisor tls issue")
    }
    guard chain.count <= longestChain else { throw Objection("it presents more than \(longestChain) certificates") }
    var certificates: [Certificate] = []
    for der in chain {
      do throws(Objection) { certificates.append(try Certificate.read(der)) } catch {
        throw Objection("it presents a certificate that cannot be used: \(error.cause)", remedy: error.remedy)
      }
    }
    return certificates
  }
}
