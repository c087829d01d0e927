/// The processors of a machine, as the kernel describes them.
package struct ProcessorTopology: Hashable, Sendable {
  /// Empty where the kernel does not say.
  package var model = ""
  /// At least 1, as the next two.
  package var sockets = 1
  package var coresPerSocket = 1
  package var threadsPerCore = 1
  /// Processors that are online.
  package var threads = 1
  /// Of the moment; nil where the kernel does not say.
  package var megahertz: UInt64?
  package var flags: [String] = []

  /// More flags than any processor has: they go into each answer.
  private static let mostFlags = 1024

  package init() {}

  /// Reads the text of /proc/cpuinfo (proc(5)): a block of `key : value` for each processor. Where it does not say which core
  /// and socket a processor is of, each is a core of one socket.
  package init(cpuinfo text: String) {
    var sockets: Set<String> = []
    var cores: Set<String> = []
    var count = 0
    var (socket, core) = ("", "")
    func close() {
      guard count > 0 else { return }
      if !socket.isEmpty { sockets.insert(socket) }
      if !core.isEmpty { cores.insert(socket + "/" + core) }
      (socket, core) = ("", "")
    }
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let key = line[..<colon].trimmed
      let value = line[line.index(after: colon)...].trimmed
      switch key {
      // On ARM 32 the model has that key too, with a text.
      case "processor" where UInt32(value) != nil:
        close()
        count += 1
      case "physical id": socket = String(value)
      case "core id": core = String(value)
      case "model name", "Processor": if model.isEmpty { model = String(value) }
      case "cpu MHz":
        if megahertz == nil, let number = Double(value), number >= 1, number < 1e6 { megahertz = UInt64(number) }
      case "flags", "Features":
        if flags.isEmpty { flags = value.split(separator: " ").prefix(Self.mostFlags).map(String.init) }
      default: break
      }
    }
    close()
    threads = max(1, count)
    self.sockets = max(1, sockets.count)
    let all = cores.isEmpty ? threads : cores.count
    coresPerSocket = max(1, all / self.sockets)
    threadsPerCore = max(1, threads / max(1, all))
  }
}

extension Substring {
  /// Without blanks and tabulators around it.
  fileprivate var trimmed: Substring {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let start = drop(while: isBlank)
    guard let end = start.lastIndex(where: { !isBlank($0) }) else { return "" }
    return start[...end]
  }
}
