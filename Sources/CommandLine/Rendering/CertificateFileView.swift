import Certificates
import Text

/// A list of what was revoked, in results for programs and as lines.
struct RevocationListView: Encodable, Hashable, Sendable {
  /// Absent in a list, as is the path.
  var schema: String?
  var path: String?
  var issuer: String
  var number: String
  var begins: String
  var expires: String
  var revoked: [Entry]

  /// One certificate.
  struct Entry: Encodable, Hashable, Sendable {
    var serial: String
    var since: String
  }

  /// A result by itself.
  init(_ facts: RevocationListFacts, path: String) {
    self.init(facts)
    schema = Document.schema
    self.path = path
  }

  init(_ facts: RevocationListFacts) {
    issuer = facts.issuer
    number = facts.number
    begins = CertificateView.text(facts.begins)
    expires = CertificateView.text(facts.ends)
    revoked = facts.revoked.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
      .map { Entry(serial: $0.key, since: CertificateView.text($0.value)) }
  }

  /// What it says, by label.
  var lines: [(label: String, value: String)] {
    let facts = [
      ("Revocation list", issuer), ("Number", number.isEmpty ? "none" : number), ("Valid from", begins),
      ("Expires", expires),
    ]
    return facts + revoked.map { ("Revoked", "\($0.serial) at \($0.since)") }
  }
}

/// What one file holds.
struct CertificateFileView: Encodable, Hashable, Sendable {
  var path: String
  var certificates: [CertificateView]
  var lists: [RevocationListView]
  /// Whether there is a private key in it.
  var key: Bool

  init(_ file: CertificateFile, path: String) {
    self.path = path
    certificates = file.certificates.map { CertificateView($0) }
    lists = file.lists.map { RevocationListView($0) }
    key = file.hasKey
  }

  /// `Label: value` lines.
  func text() -> String {
    var blocks = [[(label: "File", value: path)]]
    if key { blocks.append([("Key", "a private key, which is not shown")]) }
    blocks += certificates.map(\.lines) + lists.map(\.lines)
    return blocks.map { block in
      block.map { label, value in
        String(repeating: " ", count: max(0, 15 - label.count)) + "\(label): \(HarmlessText.line(value))\n"
      }.joined()
    }.joined()
  }
}

/// The result of `tls show FILE...`.
struct CertificateFilesView: Encodable, Sendable {
  var schema = Document.schema
  var files: [CertificateFileView]
}
