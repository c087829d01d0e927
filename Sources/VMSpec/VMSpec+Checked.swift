package import Failure

extension VMSpec {
  /// The same in the form in which it is kept, after its rules.
  /// - Parameters:
  ///   - operation: what is being done, for refusals.
  ///   - fields: what the request calls keys of the document.
  ///   - isNew: whether the VM is to be made.
  package func checked(
    _ operation: String, fields: [String: String], isNew: Bool = false
  ) throws(Failure) -> VMSpec {
    var spec = self
    spec.nics = nics.map { $0.settled() }
    let voice = SpecVoice.request(operation: operation, object: name, fields: fields)
    do throws(SpecProblem) { try spec.validate(isNew: isNew) } catch { throw voice.refusal(error) }
    return try spec.demandingAbsolutePaths(voice)
  }

  /// The same, if no path in it is relative.
  package func demandingAbsolutePaths(_ voice: SpecVoice) throws(Failure) -> VMSpec {
    guard let (key, path) = relativePath else { return self }
    throw voice.refusal(
      path: key, line: nil, cause: "`\(path)` is relative, and nothing says to which folder",
      remedy: "write the whole path from / on, or send base_directory with a document")
  }
}
