import Failure

/// QEMU's own English, and the words that it was started with: matched here, and nowhere else.
enum QEMUWords {
  /// Leaves out QEMU's name and the JSON that it was called with, and puts paths where it says numbers.
  static func plain(_ line: String, _ images: [Int: String]) -> String {
    var text = line
    if text.hasPrefix("qemu"), let colon = text.firstRange(of: ": ") { text = String(text[colon.upperBound...]) }
    for option in ["-blockdev {", "-device {", "-object {"] where text.hasPrefix(option) {
      if let end = text.firstRange(of: "}: ") { text = String(text[end.upperBound...]) }
      // Braces within braces.
      while let end = text.firstRange(of: "}: ") { text = String(text[end.upperBound...]) }
    }
    for (number, path) in images.sorted(by: { $0.key > $1.key }) {
      for place in ["/dev/fdset/", "/proc/self/fd/"] {
        // A longer number is another file.
        let parts = text.split(separator: "\(place)\(number)", omittingEmptySubsequences: false)
        text = parts.dropFirst().reduce(String(parts[0])) { before, after in
          before + (after.first?.isNumber == true ? "\(place)\(number)" : path) + after
        }
      }
    }
    return text
  }

  /// The number of the image that somebody else has locked, if that is what QEMU says.
  static func lockedImage(_ line: String, _ numbers: [Int]) -> Int? {
    guard isLocked(line), line.contains("Is another process using the image") || line.contains("Failed to get")
    else { return nil }
    return numbers.first { line.contains("/dev/fdset/\($0)]") }
  }

  /// Reads a command line (proc_pid_cmdline(5)).
  /// - Returns: whether it says that it runs without KVM; nil if it is no hypervisor of that VM.
  static func isEmulated(_ line: [UInt8], _ id: String) -> Bool? {
    let words = line.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    guard let flag = words.firstIndex(of: "-uuid"), flag + 1 < words.count, words[flag + 1] == id else { return nil }
    guard let accelerator = words.firstIndex(of: "-accel"), accelerator + 1 < words.count else { return true }
    return words[accelerator + 1].hasPrefix("tcg")
  }

  /// Whether it says that somebody else has an image locked.
  static func isLocked(_ line: String) -> Bool { line.contains("lock") }
}

/// What refusals of the monitor mean where QAPI has only the class `GenericError` for them.
extension Failure {
  /// There is no such descriptor set, or nothing of that name was handed over.
  var meansNoDescriptor: Bool { code == .system && cause.contains("not found") }
  /// There is no such block node.
  var meansNoNode: Bool { code == .system && cause.contains("Failed to find node") }
  /// Something still holds a block node.
  var meansNodeInUse: Bool { cause.contains("in use") }
  /// The guest was asked before to let go of the device, and has not answered yet.
  var meansLeavingAlready: Bool { cause.contains("already in the process of unplug") }
  /// The guest has locked the tray.
  var meansLockedTray: Bool { cause.contains("is locked") }
}
