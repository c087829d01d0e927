package import Failure
import FoundationEssentials

extension VMSpec {
  /// The same after the document's own rules, so that there is one set of them.
  /// - Parameters:
  ///   - step: what is being done, for refusals.
  ///   - fields: what the request calls keys of the document.
  ///   - isNew: whether the VM is to be made.
  package func checked(
    _ operation: String, fields: [String: String], isNew: Bool = false
  ) throws(Failure) -> VMSpec {
    let text: String
    do { text = String(decoding: try JSONEncoder().encode(self), as: UTF8.self) } catch {
      throw Failure(
        .internal, operation: operation, object: name, cause: "its specification cannot be written: \(error)")
    }
    let voice = SpecVoice.request(operation: operation, object: name, fields: fields)
    return try VMSpec.check(json: text, voice, isNew: isNew).demandingAbsolutePaths(voice)
  }

  /// The same, if no path in it is relative.
  package func demandingAbsolutePaths(_ voice: SpecVoice) throws(Failure) -> VMSpec {
    guard let (key, path) = relativePath else { return self }
    throw voice.refusal(
      path: key, line: nil, cause: "`\(path)` is relative, and nothing says to which folder",
      remedy: "write the whole path from / on, or send base_directory with a document")
  }
}
