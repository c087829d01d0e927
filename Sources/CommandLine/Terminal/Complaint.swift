package import Failure
import Text

/// Messages for the person at the terminal, on standard error.
package enum Diagnostic {
  /// `vmsupervisor: cannot …: …; …`.
  package static func write(_ failure: Failure) { write("\(failure)") }

  /// One sentence. Control characters are shown, not obeyed: causes can quote a guest.
  package static func write(_ sentence: String) {
    try? Standard.error.write("vmsupervisor: \(HarmlessText.line(sentence))\n")
  }
}
