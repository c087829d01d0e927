import Glibc

/// What is fuzzed: everything that reads bytes of another process, the kernel, a guest, or a file that people write.
///
/// A property of a subject holds for every input there is. The fuzzers look for one that breaks it; the test beside
/// them replays the inputs that were worth keeping.
public enum Subject: String, CaseIterable, Sendable {
  /// Packets of netd's and vmlaunch's protocols.
  case frames = "Frames"
  /// Netlink datagrams of the kernel.
  case replies = "Replies"
  /// `netd.conf`.
  case settings = "Settings"
  /// Short texts: aliases, UUIDs, addresses, time spans, interface names.
  case names = "Names"
  /// Lines of JSON from QEMU and from the agent in the guest.
  case lines = "Lines"
  /// Specifications of VMs.
  case specs = "Specs"

  /// What is wrong with the way `input` is read; nil if nothing is. That it does not trap is half of the property.
  public func fault(_ input: UnsafeRawBufferPointer) -> String? {
    switch self {
    case .frames: FrameInputs.fault(input)
    case .replies: ReplyInputs.fault(input)
    case .settings: SettingsInputs.fault(input)
    case .names: NameInputs.fault(input)
    case .lines: LineInputs.fault(input)
    case .specs: SpecInputs.fault(input)
    }
  }

  /// The body of `LLVMFuzzerTestOneInput` (https://llvm.org/docs/LibFuzzer.html#fuzz-target): ends the process on a
  /// fault, so that libFuzzer keeps the input.
  public func feed(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    if let fault = fault(UnsafeRawBufferPointer(start: bytes, count: count)) {
      let words = Array("\(rawValue): \(fault)\n".utf8)
      _ = write(2, words, words.count)
      abort()
    }
    return 0
  }

  /// The input as text, under the rule that readers of files apply: UTF-8 without NUL.
  static func text(_ input: UnsafeRawBufferPointer) -> String? {
    input.contains(0) ? nil : String(validating: input, as: UTF8.self)
  }
}
