package import Failure

/// Why a VM is as it is: from what its owner wants to what stands in the way.
package struct Explanation: Hashable, Sendable {
  /// The answer in one word.
  package enum Verdict: String, CaseIterable, Sendable {
    /// It runs, and nothing is known that could be better.
    case healthy
    /// It does not run, and nobody wants it to.
    case off
    /// It is on its way from one state to another.
    case working
    /// It runs, but something is not as it should be.
    case weakened
    /// It has ended and will be started again.
    case waiting
    /// It should run and does not.
    case blocked
  }

  package var id: String
  package var name: String
  package var verdict: Verdict
  /// One sentence.
  package var summary: String
  /// What the owner wants.
  package var desired: String
  /// What is.
  package var observed: String
  /// What explains the difference, the most telling first.
  package var reasons: [Reason] = []
  /// Last lines of the guest's console, and of the hypervisor's own log.
  package var console: [String] = []
  package var hypervisorLog: [String] = []
}

/// One link of the chain.
package struct Reason: Hashable, Sendable {
  /// What it means for the VM.
  package enum Weight: String, CaseIterable, Comparable, Sendable {
    /// As long as this is so it cannot run.
    case blocks
    /// It runs less well, or will not survive the next restart.
    case weakens
    /// Its host cannot do better by it: nothing has happened, and it stays so until somebody changes the host.
    case lasting
    /// Worth knowing.
    case note

    package static func < (a: Weight, b: Weight) -> Bool {
      (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
    }
  }

  /// Where it was found.
  package typealias Part = Failure.Part

  package var weight: Weight
  package var part: Part
  package var failure: Failure

  init(_ weight: Weight, _ part: Part, _ failure: Failure) {
    self.weight = weight
    self.part = part
    self.failure = failure
  }
}
