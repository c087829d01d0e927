import ArgumentParser
import Certificates
import Failure
import FoundationEssentials

extension TLSCommand {
  struct Show: LocalCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what was issued, or what files of certificates say.",
      discussion: "Of a private key only that it is there is shown.")

    @OptionGroup var place: Place
    @OptionGroup var options: OutputOptions
    @Argument(help: "Certificates and revocation lists, PEM.", completion: .file()) var files: [String] = []

    func execute(now: Date) throws(Failure) {
      if files.isEmpty {
        let view = IssuedView(try place.authority.issued(), now: now)
        return try options.show(
          view, table: view.table().text(headings: !options.noHeaders),
          names: view.certificates.map { "\($0.name)\n" }.joined())
      }
      var shown: [CertificateFileView] = []
      for path in files { shown.append(CertificateFileView(try CertificateFile(path: path), path: path)) }
      let view = CertificateFilesView(files: shown)
      try options.show(
        view, table: shown.map { $0.text() }.joined(separator: "\n"), names: files.map { "\($0)\n" }.joined())
    }
  }
}
