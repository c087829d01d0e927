import FoundationEssentials
import Hypervisor
import NodeAPI

extension Limiquantix_Node_V1_ExecuteInGuestResponse {
  /// Bytes of output in one answer: gRPC's clients take messages of 4 MiB unless they are told otherwise, and there is more
  /// in it than the output.
  package static let outputLimit = 4_000_000

  /// How a program ended, and what it wrote: as bytes, and as text for callers that know no bytes. Where one message cannot
  /// hold both, text that says the same is enough, and bytes are where it does not; what cannot be held at all is left out
  /// with words.
  init(_ result: GuestProgramResult) {
    self.init()
    success = true
    exitCode = result.shellStatus
    truncated = result.isTruncated
    var (output, errors) = (result.output[...], result.errors[...])
    let total = output.count + errors.count
    if total > Self.outputLimit {
      // Half of it is for either, and what one leaves is for the other.
      let half = Self.outputLimit / 2
      output = output.prefix(Self.outputLimit - min(errors.count, half))
      errors = errors.prefix(Self.outputLimit - output.count)
      truncated = true
      error =
        "the program wrote \(total) bytes, and \(Self.outputLimit) are the most in one answer: the rest is left out; "
        + "procurator.node.v1.Guest/Execute brings all"
    }
    let texts = [output, errors].map { String(decoding: $0, as: UTF8.self) }
    isRepaired = !zip(texts, [output, errors]).allSatisfy { $0.utf8.elementsEqual($1) }
    let count = output.count + errors.count
    let holdsBoth = count + texts.reduce(0) { $0 + $1.utf8.count } <= Self.outputLimit
    if holdsBoth || !isRepaired { (stdout, stderr) = (texts[0], texts[1]) }
    if holdsBoth || isRepaired { (stdoutBytes, stderrBytes) = (Data(output), Data(errors)) }
  }
}
