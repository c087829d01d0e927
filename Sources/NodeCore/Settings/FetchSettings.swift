import Configuration
import Failure
package import Storage

/// What the administrator says about fetching images, of the section `[Storage]`.
package struct FetchSettings: Sendable {
  /// From where.
  package var sources: FetchSources
  /// The program that does it.
  package var program: String
  /// The file with the authorities that servers are trusted for, as PEM.
  package var authorities: String
  /// How long to wait for a byte, and for a connection.
  package var timeout: Duration

  static let keys = ["FetchFrom", "FetchAuthorities", "FetchTimeout", "Fetcher"]

  init(_ section: ConfigurationSection) throws(Failure) {
    let (sources, wrong) = FetchSources.parse(section.list("FetchFrom", default: ["public"]))
    if let wrong {
      throw section.failure(
        "FetchFrom", "\"\(wrong)\" is no address or subnet, or does not go with the others",
        remedy: "write public, none, or addresses and subnets such as 192.168.1.5 fd00:1::/32")
    }
    self.sources = sources
    program = section.text("Fetcher") ?? "/usr/libexec/procurator/vmfetch"
    authorities = section.text("FetchAuthorities") ?? "/etc/ssl/certs/ca-certificates.crt"
    timeout = try section.duration("FetchTimeout", default: .seconds(60), in: .seconds(1)...(.seconds(3600)))
  }
}
