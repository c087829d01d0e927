import Storage

/// Words of QEMU as people can use them.
enum HypervisorWords {
  /// Leaves out QEMU's name and the JSON that it was called with, and puts paths where it says numbers.
  static func plain(_ line: String, _ images: [OpenImage]) -> String {
    var text = line
    if text.hasPrefix("qemu"), let colon = text.firstRange(of: ": ") { text = String(text[colon.upperBound...]) }
    for option in ["-blockdev {", "-device {", "-object {"] where text.hasPrefix(option) {
      if let end = text.firstRange(of: "}: ") { text = String(text[end.upperBound...]) }
      // Braces within braces.
      while let end = text.firstRange(of: "}: ") { text = String(text[end.upperBound...]) }
    }
    for image in images.sorted(by: { $0.number > $1.number }) {
      for place in ["/dev/fdset/", "/proc/self/fd/"] {
        // A longer number is another file.
        let parts = text.split(separator: "\(place)\(image.number)", omittingEmptySubsequences: false)
        text = parts.dropFirst().reduce(String(parts[0])) { before, after in
          before + (after.first?.isNumber == true ? "\(place)\(image.number)" : image.path) + after
        }
      }
    }
    return text
  }

  /// The image that somebody else has locked, if that is what QEMU says.
  static func lockedImage(_ line: String, _ images: [OpenImage]) -> OpenImage? {
    guard line.contains("lock"), line.contains("Is another process using the image") || line.contains("Failed to get")
    else { return nil }
    return images.first { line.contains("/dev/fdset/\($0.number)]") }
  }
}
