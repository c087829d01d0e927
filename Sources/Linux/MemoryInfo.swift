/// The kernel's account of memory, `/proc/meminfo` (proc(5)).
public enum MemoryInfo {
  /// Every line that counts kibibytes, in bytes.
  public static func read() -> [String: UInt64] { parse((try? Files.readText("/proc/meminfo")) ?? "") }

  static func parse(_ text: String) -> [String: UInt64] {
    var values: [String: UInt64] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, words[2] == "kB", words[0].hasSuffix(":"), let number = UInt64(words[1]) else { continue }
      values[String(words[0].dropLast())] = number << 10
    }
    return values
  }
}
