package import Failure
import Text
import X509

/// What a text holds of certificates, lists and keys.
package struct CertificateFile: Hashable, Sendable {
  package var certificates: [CertificateFacts] = []
  package var lists: [RevocationListFacts] = []
  /// Whether a private key is in it, of which nothing is shown.
  package var hasKey = false

  /// Reads a file.
  /// - Throws: for a file that cannot be read or holds none of these.
  package init(path: String) throws(Failure) {
    let text = try TextFile.read(path, "certificate")
    do throws(Objection) {
      for document in try PEM.documents(text) {
        if document.discriminator == PEM.certificate {
          certificates.append(try CertificateFacts(Certificate.read(document.derBytes)))
        } else if document.discriminator == PEM.revocationList {
          lists.append(RevocationListFacts(try SignedRevocationList(der: document.derBytes).list))
        } else if document.discriminator.hasSuffix("PRIVATE KEY") {
          hasKey = true
        } else {
          throw Objection("it holds \(HarmlessText.line(document.discriminator)), which is not known here")
        }
      }
      guard hasKey || !certificates.isEmpty || !lists.isEmpty else {
        throw Objection("it holds neither a certificate nor a list", remedy: "name a file in PEM: -----BEGIN ...")
      }
    } catch {
      throw error.failure(.invalid, "show", path)
    }
  }
}
