package import Failure

/// The address of a file on a server, in the one spelling in which it is asked for.
package struct FetchURL: Hashable, Sendable {
  package enum Scheme: String, Sendable { case http, https }

  package let scheme: Scheme
  /// A name or an address; of IPv6 without brackets.
  package let host: String
  package let port: UInt16
  /// From the first `/` on, with what is asked behind `?`.
  package let target: String

  /// Most bytes: longer ones many servers refuse.
  package static let longest = 2048

  /// The whole of it. A port that is the usual one is left out.
  package var text: String {
    let place = host.contains(":") ? "[\(host)]" : host
    return "\(scheme.rawValue)://\(place)" + (port == Self.usualPort(scheme) ? "" : ":\(port)") + target
  }

  /// The last part of its path; empty if it ends with `/`.
  package var fileName: String {
    let path = target.prefix { $0 != "?" }
    return String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
  }

  private static func usualPort(_ scheme: Scheme) -> UInt16 { scheme == .http ? 80 : 443 }

  /// Reads what somebody writes.
  package init(_ text: String, _ operation: String) throws(Failure) {
    func refusal(_ cause: String, _ remedy: String) -> Failure {
      Failure(
        .invalid, part: .image, operation: operation, object: "url `\(Self.shown(text))`", cause: cause, remedy: remedy)
    }
    let form = "write https://HOST/PATH"
    guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw refusal(
        "it has more than \(Self.longest) bytes, or some that are no printable ASCII",
        "write others as % and two hexadecimal digits")
    }
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].hasPrefix("//") else { throw refusal("it is no URL", form) }
    guard let scheme = Scheme(rawValue: parts[0].lowercased()) else {
      throw refusal(
        "nothing is fetched by \(parts[0].prefix(16))", "use http, https, or a file in a pool (file:///PATH)")
    }
    let rest = parts[1].dropFirst(2).prefix { $0 != "#" }
    let end = rest.firstIndex { "/?\\".contains($0) } ?? rest.endIndex
    let authority = rest[..<end]
    guard !authority.contains("@") else {
      throw refusal(
        "it has a user or a password, and what is fetched is kept in records", "use an address that needs none")
    }
    guard let (host, port) = Self.place(authority) else { throw refusal("its host or port is none", form) }
    let target = String(rest[end...])
    guard !target.contains("\\") else { throw refusal("it has a \\", "write / instead") }
    self.scheme = scheme
    self.host = host
    self.port = port ?? Self.usualPort(scheme)
    self.target = target.hasPrefix("/") ? target : "/" + target
  }

  private static func place(_ text: Substring) -> (host: String, port: UInt16?)? {
    var host = text
    var port: UInt16?
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
      if rest.utf8.count > 1 {
        guard let number = Self.port(rest.dropFirst()) else { return nil }
        port = number
      }
      return (host.lowercased(), port)
    }
    if let colon = text.firstIndex(of: ":") {
      host = text[..<colon]
      let rest = text[text.index(after: colon)...]
      if !rest.isEmpty {
        guard let number = Self.port(rest) else { return nil }
        port = number
      }
    }
    let isName = host.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard isName, (1...253).contains(host.utf8.count), !host.hasPrefix(".") else { return nil }
    return (host.lowercased(), port)
  }

  private static func port(_ text: Substring) -> UInt16? {
    guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(text), port > 0 else { return nil }
    return port
  }

  /// Where a server sends whoever asks for this one.
  /// - Throws: that it leads from https to http, or is no place.
  package func redirected(to location: String, _ operation: String) throws(Failure) -> FetchURL {
    let place = host.contains(":") ? "[\(host)]" : host
    let base = "\(scheme.rawValue)://\(place):\(port)"
    let path = target.prefix { $0 != "?" }
    let whole: String
    if location.hasPrefix("//") {
      whole = scheme.rawValue + ":" + location
    } else if location.hasPrefix("/") {
      whole = base + location
    } else if location.hasPrefix("?") {
      whole = base + path + location
    } else if Self.hasScheme(location) {
      whole = location
    } else {
      whole = base + path[...(path.lastIndex(of: "/") ?? path.startIndex)] + location
    }
    let next = try FetchURL(whole, operation)
    guard scheme == .http || next.scheme == .https else {
      throw Failure(
        .state, part: .image, operation: operation, object: Self.shown(text),
        cause:
          "the server sends whoever asks from https to \(Self.shown(next.text)), which anybody on the way can change",
        remedy: "name that address, with a checksum")
    }
    return next
  }

  private static func hasScheme(_ text: String) -> Bool {
    guard let colon = text.firstIndex(of: ":") else { return false }
    return !text[..<colon].isEmpty && text[..<colon].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }

  /// As it may stand in messages: without a password, and without what is behind `?`, which may be one.
  package static func shown(_ text: String) -> String {
    let start = text.prefix { $0 != "?" && $0 != "#" }
    guard let at = start.firstIndex(of: "@"), let slashes = start.range(of: "//") else {
      return String(start.prefix(256))
    }
    return slashes.upperBound <= at
      ? String((start[..<slashes.upperBound] + "..." + start[at...]).prefix(256)) : String(start.prefix(256))
  }
}

extension Substring {
  /// `Foundation` is not needed for so little.
  fileprivate func range(of text: String) -> Range<Index>? { ranges(of: text).first }
}
