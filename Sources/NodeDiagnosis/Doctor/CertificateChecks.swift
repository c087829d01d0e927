import Certificates
package import Failure
package import FoundationEssentials
import Linux
package import NodeCore

/// Whether what the network is served with is there, and for how long it holds.
package enum CertificateChecks {
  /// What is said of it before it ends: a month is time to make another, and less than what a list holds.
  private static let ahead: TimeInterval = 30 * 86_400

  /// Looks at the files that the configuration names.
  package static func look(_ api: APISettings, now: Date) -> Check {
    let name = "certificates"
    if api.listen == nil, !Files.exists(api.files.certificate) {
      return .unused(name, "Listen=off in section [API]: the supervisor is reached by its sockets only")
    }
    if let role = api.plaintext {
      return .warn(
        name, "none are asked for: every process of this host may come as \(role.rawValue)",
        fix: "set Plaintext=no in section [API], and make certificates: vmsupervisor tls")
    }
    guard api.isConfigured || Files.exists(api.files.certificate) else {
      return .unused(name, "there is no \(api.files.certificate): the supervisor is reached by its sockets only")
    }
    do throws(Failure) {
      var ends: [(what: String, end: Date)] = []
      for file in [api.files.certificate, api.files.authorities, api.files.revoked] where Files.exists(file) {
        let content = try CertificateFile(path: file)
        ends +=
          content.certificates.map { (what: file, end: $0.ends) } + content.lists.map { (what: file, end: $0.ends) }
      }
      return judge(ends, now: now)
    } catch {
      return .failed(name, error, .warn)
    }
  }

  /// - Parameter ends: of everything that ends.
  static func judge(_ ends: [(what: String, end: Date)], now: Date) -> Check {
    let name = "certificates"
    guard let first = ends.min(by: { $0.end < $1.end }) else {
      return .warn(name, "the files for the network hold none", fix: "make them: vmsupervisor tls issue node NAME")
    }
    let day = first.end.formatted(.iso8601.year().month().day())
    let remedy = "make another: vmsupervisor tls issue, or for a list of what was revoked vmsupervisor tls refresh"
    if first.end <= now {
      return .fail(name, "\(first.what) has expired on \(day): nobody is let in by it", fix: remedy)
    }
    if first.end < now + ahead { return .warn(name, "\(first.what) expires on \(day)", fix: remedy) }
    return .ok(name, "all hold until \(day) at least")
  }
}
