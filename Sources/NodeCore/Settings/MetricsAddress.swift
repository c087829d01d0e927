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
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
      return nil
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty else { return nil }
    self = .network(host: String(host), port: Int(port))
  }
}
