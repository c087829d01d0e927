package import Failure
import Life

/// Remedies are commands that can be copied. The pure life cycle does not know what its VM is called and writes `VM`; here,
/// before anybody reads it, that becomes the name.
extension String {
  private static let program = "vmsupervisor "

  /// The same with a name in the place of `VM` in the commands of the program.
  package func naming(_ vm: String) -> String {
    guard contains(Self.program) else { return self }
    let parts = split(separator: Self.program, omittingEmptySubsequences: false)
    return parts.enumerated().map { index, part in
      // What stands before the first command is prose.
      guard index > 0 else { return String(part) }
      let end = part.firstIndex { ";,()".contains($0) } ?? part.endIndex
      let words = part[..<end].split(separator: " ", omittingEmptySubsequences: false)
      return words.map { $0 == "VM" ? vm : String($0) }.joined(separator: " ") + part[end...]
    }.joined(separator: Self.program)
  }
}

extension Failure {
  /// The same with a remedy that names the VM.
  package func naming(_ vm: String) -> Failure {
    var failure = self
    failure.remedy = remedy.naming(vm)
    return failure
  }

  /// The same about the VM itself.
  func about(_ vm: String) -> Failure {
    var failure = naming(vm)
    failure.object = vm
    return failure
  }
}

extension LifeCycle {
  /// Names the VM in everything that it will be asked for.
  mutating func nameItself(_ vm: String) { mapReasons { $0.naming(vm) } }
}

extension Record {
  /// The same in a record: earlier releases have written it without the name.
  mutating func nameItself() {
    let name = spec.name
    why = why?.naming(name)
    cut = cut?.naming(name)
    for index in history.indices { history[index].detail = history[index].detail?.naming(name) }
  }
}
