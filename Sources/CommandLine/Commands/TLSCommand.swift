import Access
import ArgumentParser
import Certificates
import Failure
import FoundationEssentials
import Glibc

/// `tls init|issue|revoke|refresh|show`
struct TLSCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tls", abstract: "Make the certificates with which nodes and those who ask them know each other.",
    discussion: """
      Works in a folder of this host and needs no daemon. The folder holds the authority's key: keep it on a host that \
      serves nobody, and copy only what `tls issue` writes.
      """,
    subcommands: [Init.self, Issue.self, Revoke.self, Refresh.self, Show.self])

  /// Where the authority is.
  struct Place: ParsableArguments {
    @Option(
      help: ArgumentHelp("The authority's folder. Default: \(Authority.usualFolder).", valueName: "path"),
      completion: .directory)
    var folder: String?

    var authority: Authority { Authority(folder: folder ?? Authority.usualFolder) }
  }

  struct Init: LocalCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make an authority: a key, its certificate, and an empty revocation list.",
      discussion: "Refused where there is one already.")

    @OptionGroup var place: Place
    @Option(help: "The authority's name in certificates. Default: one with this host's name.") var name: String?
    @Option(help: ArgumentHelp("How long it holds.", valueName: "days")) var days = CertificateOrder
      .usualDaysOfAuthority
    @OptionGroup var options: OutputOptions

    func execute(now: Date) throws(Failure) {
      let authority = place.authority
      let facts = try authority.make(name: name ?? Self.usualName, days: days, now: now)
      let view = CertificateView(facts, files: [authority.certificatePath, authority.listPath])
      let table = """
        \(facts.name) in \(authority.folder) until \(CertificateView.text(facts.ends)); next, for each node: \
        vmsupervisor tls issue node NAME --address ADDRESS\n
        """
      try options.show(view, table: table, names: "\(authority.certificatePath)\n")
    }

    private static var usualName: String {
      var bytes = [CChar](repeating: 0, count: 65)
      gethostname(&bytes, bytes.count - 1)
      let host = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      return String("Procurator \(host)".prefix(64))
    }
  }

  struct Refresh: LocalCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make the revocation list anew, good for 90 days more.",
      discussion: "Whoever uses a list that has expired accepts nobody: make and copy a new one in time.")

    @OptionGroup var place: Place
    @OptionGroup var options: OutputOptions

    func execute(now: Date) throws(Failure) {
      let authority = place.authority
      let list = try authority.refresh(now: now)
      try options.show(
        RevocationListView(list, path: authority.listPath),
        table: """
          \(authority.listPath): \(list.revoked.count) revoked, good until \(CertificateView.text(list.ends)); next, copy it \
          to every host that uses it\n
          """, names: "\(authority.listPath)\n")
    }
  }
}

extension Role: ExpressibleByArgument {}
