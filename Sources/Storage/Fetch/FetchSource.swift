package import Failure

/// Where an image comes from.
package enum FetchSource: Hashable, Sendable {
  case server(FetchURL)
  /// A file of this host, which has to be in a pool.
  case file(String)

  /// Reads `https://...`, `http://...`, `file:///PATH` or `/PATH`.
  package init(_ text: String, _ operation: String) throws(Failure) {
    func refusal(_ cause: String, _ remedy: String) -> Failure {
      Failure(
        .invalid, part: .image, operation: operation, object: text.isEmpty ? "url" : "url `\(FetchURL.shown(text))`",
        cause: cause, remedy: remedy)
    }
    guard !text.isEmpty else { throw refusal("it is empty", "say what is to be fetched: https://HOST/PATH") }
    if text.hasPrefix("/") {
      self = .file(try PoolPath.normal(text, operation, field: "url"))
    } else if text.lowercased().hasPrefix("file:") {
      let rest = text.dropFirst(5)
      let path = rest.hasPrefix("//localhost/") ? rest.dropFirst(11) : rest.hasPrefix("//") ? rest.dropFirst(2) : rest
      guard let plain = Self.unescaped(path) else {
        throw refusal("a % in it is not followed by two hexadecimal digits", "write %25 for %")
      }
      self = .file(try PoolPath.normal(plain, operation, field: "url"))
    } else {
      self = .server(try FetchURL(text, operation))
    }
  }

  /// How the image is called if nobody says.
  package var fileName: String {
    switch self {
    case .server(let url): Self.unescaped(url.fileName[...]) ?? ""
    case .file(let path): String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
    }
  }

  private static func unescaped(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
