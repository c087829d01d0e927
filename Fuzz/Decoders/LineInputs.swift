@testable import Hypervisor
@testable import HypervisorQEMU
@testable import Text

/// Lines of JSON: they are cut the same at any chunking, a value survives being written, and no value traps a reader.
enum LineInputs {
  /// Everything that is made from a message of QEMU or of the agent. A new one is one line here.
  static let readers: [@Sendable (JSON) -> any Sendable] = [
    { QMPEvent($0) },
    { QMPAnswer.read($0) },
    { try? AgentMessage.answer($0, to: "guest-ping") },
    { AgentMessage.interfaces($0["return"] ?? $0) },
    { AgentMessage.info($0["return"] ?? $0) },
    { (try? GuestAgent.result($0["return"] ?? $0))?.shellStatus },
  ]

  static func fault(_ input: UnsafeRawBufferPointer) -> String? {
    for mark in [nil, 0xff] as [UInt8?] {
      var framer = LineFramer(limit: 512, mark: mark)
      let pieces = framer.feed(input)
      var other = LineFramer(limit: 512, mark: mark)
      let cut = input.count / 3
      let again = other.feed(input.prefix(cut)) + other.feed(input.dropFirst(cut))
      guard pieces == again, framer.pending == other.pending else { return "lines depend on the chunks" }
      for case .line(let line, _) in pieces where line.count > 512 { return "a line of \(line.count) bytes" }
    }
    guard let value = try? JSON(parsing: Array(input)) else { return nil }
    for reader in readers { _ = reader(value) }
    guard let bytes = try? value.bytes() else { return "\(value) cannot be written" }
    guard !bytes.contains(0x0a) else { return "a value takes two lines" }
    guard let back = try? JSON(parsing: bytes) else { return "what was written is no JSON: \(value)" }
    return back == value ? nil : "\(value) comes back as \(back)"
  }
}
