import Failure
import FoundationEssentials
import NodeAPI
import Synchronization

/// What a program in a guest writes, on its way out: byte for byte into files and pipes, without what steers a terminal onto
/// one, and as a document for programs.
final class ExecOutput: Sendable {
  private let format: OutputFormat
  private let state: Mutex<State>

  private struct State: Sendable {
    var output = Stream(isTerminal: Standard.output.isTerminal)
    var error = Stream(isTerminal: Standard.error.isTerminal)
  }

  private struct Stream: Sendable {
    var filter: TerminalFilter?
    var kept: [UInt8] = []

    init(isTerminal: Bool) { filter = isTerminal ? TerminalFilter(.past) : nil }
  }

  init(_ format: OutputFormat) {
    self.format = format
    state = Mutex(State())
  }

  private var isDocument: Bool { format == .json || format == .yaml }

  /// Takes the next bytes of one of the program's outputs.
  func write(_ bytes: [UInt8], to stream: Standard) throws(Failure) {
    let shown: [UInt8] = state.withLock { state in
      let place = stream == .output ? \State.output : \State.error
      if isDocument {
        state[keyPath: place].kept += bytes
        return []
      }
      return state[keyPath: place].filter?.feed(bytes) ?? bytes
    }
    try stream.write(shown)
  }

  /// Writes what could not be written before the end.
  func finish(_ end: Procurator_Node_V1_ExecuteEnd) throws(Failure) {
    guard isDocument else { return }
    let (output, errors) = state.withLock { ($0.output.kept, $0.error.kept) }
    try Standard.output.write(try Document.text(ExecView(end, output, errors), format) ?? "")
  }
}

/// How a program in a guest ended, and what it wrote. What is UTF-8 is text; anything else is base64, which the encoding says.
struct ExecView: Encodable, Hashable, Sendable {
  /// One output.
  struct Text: Hashable, Sendable {
    var text: String
    /// `utf-8` or `base64`.
    var encoding: String

    init(_ bytes: [UInt8]) {
      if let text = String(validating: bytes, as: UTF8.self) {
        (self.text, encoding) = (text, "utf-8")
      } else {
        (text, encoding) = (Data(bytes).base64EncodedString(), "base64")
      }
    }
  }

  var schema = Document.schema
  /// Not there if the program had not ended in time.
  var exitCode: Int32?
  var stdout: Text
  var stderr: Text
  var stdoutTruncated: Bool
  var stderrTruncated: Bool
  var timedOut: Bool
  /// Why it was not started, or what is known when its time was up.
  var cause: String

  init(_ end: Procurator_Node_V1_ExecuteEnd, _ output: [UInt8], _ errors: [UInt8]) {
    exitCode = end.timedOut ? nil : end.exitCode
    stdout = Text(output)
    stderr = Text(errors)
    stdoutTruncated = end.stdoutTruncated
    stderrTruncated = end.stderrTruncated
    timedOut = end.timedOut
    cause = end.cause
  }

  private enum CodingKeys: String, CodingKey {
    case schema, stdout, stderr, cause
    case exitCode = "exit_code"
    case stdoutEncoding = "stdout_encoding"
    case stderrEncoding = "stderr_encoding"
    case stdoutTruncated = "stdout_truncated"
    case stderrTruncated = "stderr_truncated"
    case timedOut = "timed_out"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encodeIfPresent(exitCode, forKey: .exitCode)
    try container.encode(stdout.text, forKey: .stdout)
    try container.encode(stdout.encoding, forKey: .stdoutEncoding)
    try container.encode(stderr.text, forKey: .stderr)
    try container.encode(stderr.encoding, forKey: .stderrEncoding)
    try container.encode(stdoutTruncated, forKey: .stdoutTruncated)
    try container.encode(stderrTruncated, forKey: .stderrTruncated)
    try container.encode(timedOut, forKey: .timedOut)
    try container.encode(cause, forKey: .cause)
  }
}
