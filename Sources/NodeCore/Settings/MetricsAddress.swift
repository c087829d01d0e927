import Text

/// Where metrics are offered: `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`.
package enum MetricsAddress: Hashable, Sendable {
  case network(host: String, port: Int)
  case unix(String)

  /// Reads the text form; nil for anything else.
  package init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard path.hasPrefix("/") else { return nil }
      self = .unix(path)
      return
    }
    guard let address = NetworkAddress(text) else { return nil }
    self = .network(host: address.host, port: Int(address.port))
  }
}
