import Foundation

/// What a program of Tests/Peers has printed: an object of JSON a line.
struct PeerAnswers {
  private let lines: [[String: Any]]

  init(_ output: String) {
    lines = output.split(separator: "\n").map { line in
      (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] ?? [:]
    }
  }

  /// The answer that was shown by this name; empty if none was.
  func answer(_ what: String) -> [String: Any] {
    lines.first { $0["what"] as? String == what }?["answer"] as? [String: Any] ?? [:]
  }

  /// `CODE: DETAILS` of the refusal that was shown by this name; empty if none was, and `none: ` if the call was answered.
  func fault(_ what: String) -> String {
    lines.first { $0["what"] as? String == what }.map { "\($0["code"] ?? ""): \($0["details"] ?? "")" } ?? ""
  }
}
