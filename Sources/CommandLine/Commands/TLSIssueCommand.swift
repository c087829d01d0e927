import Access
import ArgumentParser
import Certificates
import Failure
import FoundationEssentials

extension TLSCommand {
  struct Issue: LocalCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key and a certificate.",
      discussion: """
        Writes NAME.pem, NAME.key, ca.pem and crl.pem; those of a node are node.pem and node.key. The key is nowhere else. \
        Roles: control-plane, node, operator, read-only.
        """)

    @OptionGroup var place: Place
    @Option(
      help: ArgumentHelp("A domain or IP address under which a node is reached; at least one.", valueName: "host"))
    var address: [String] = []
    @Option(help: ArgumentHelp("How long it holds.", valueName: "days")) var days = CertificateOrder.usualDays
    @Option(help: ArgumentHelp("Where to write. Default: ./NAME.", valueName: "path"), completion: .directory)
    var out: String?
    @Flag(help: "Replace files that are there.") var force = false
    @OptionGroup var options: OutputOptions
    @Argument(help: "What its holder may do.") var role: Role
    @Argument(help: "Its holder, as logs are to name it.") var name: String

    func execute(now: Date) throws(Failure) {
      let order = CertificateOrder(role: role, name: name, addresses: address, days: days)
      let folder = out ?? "./\(name)"
      let issue = try place.authority.issue(order, to: folder, replacing: force, now: now)
      let view = CertificateView(issue.facts, files: issue.files)
      try options.show(
        view,
        table: """
          \(folder): \(role.rawValue) \(name), serial number \(issue.facts.serial), until \
          \(CertificateView.text(issue.facts.ends)); next, \(role.next)\n
          """, names: issue.files.map { "\($0)\n" }.joined())
    }
  }

  struct Revoke: LocalCommand {
    static let configuration = CommandConfiguration(
      abstract: "Trust a certificate no more.",
      discussion: "Writes a new crl.pem. It holds on a host as soon as it is copied there.")

    @OptionGroup var place: Place
    @OptionGroup var options: OutputOptions
    @Argument(help: "Its holder's name, or its serial number.") var certificate: String

    func execute(now: Date) throws(Failure) {
      let authority = place.authority
      let done = try authority.revoke(certificate, now: now)
      let view = RevocationListView(done.list, path: authority.listPath)
      let since = done.wasRevoked ? "was revoked already at \(CertificateView.text(done.since))" : "is revoked"
      try options.show(
        view,
        table: """
          \(done.facts.name), serial number \(done.facts.serial), \(since); next, copy \(authority.listPath) to every host \
          that uses it\n
          """, names: "\(done.facts.serial)\n")
    }
  }
}

extension Role {
  /// What to do with the files of one.
  fileprivate var next: String {
    self == .node
      ? "copy the files to /etc/procurator/tls on that host, readable by the user procurator"
      : "hand the files to its holder, and nobody else"
  }
}
