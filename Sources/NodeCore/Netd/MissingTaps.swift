package import IPC

/// TAPs that somebody removed while VMs of ours run with them. A netd that was started again cannot know of them: no
/// interface is left that could tell it. So its findings are completed by these. A value: no I/O.
package struct MissingTaps: Sendable {
  /// A TAP that is not there any more, and when that was seen first.
  private struct Gone: Sendable {
    var tap: String
    var since: ContinuousClock.Instant
  }

  private var gone: [LeaseKey: Gone] = [:]

  /// Takes what is missing now, by the NICs of VMs that run; what was noted before and is not among it is there again.
  mutating func see(_ taps: [LeaseKey: String], now: ContinuousClock.Instant) {
    let before = gone
    gone = taps.reduce(into: [:]) { found, entry in
      let old = before[entry.key].flatMap { $0.tap == entry.value ? $0 : nil }
      found[entry.key] = old ?? Gone(tap: entry.value, since: now)
    }
  }

  /// One NIC is plugged in again, or given up.
  package mutating func forget(_ key: LeaseKey) { gone[key] = nil }

  /// A VM does not run any more.
  package mutating func forget(vm: VMIdentity) { gone = gone.filter { $0.key.vm != vm } }

  /// What netd has found, and what it cannot find.
  func completing(
    _ findings: [Audit.Finding], uid: UInt32, now: ContinuousClock.Instant
  ) -> [Audit.Finding] {
    let known = Set(findings.filter { $0.kind == .missing }.map(\.interface))
    return findings
      + gone.filter { !known.contains($0.value.tap) }.sorted { $0.value.tap < $1.value.tap }.map { key, gone in
        var finding = Audit.Finding()
        finding.kind = .missing
        finding.interface = gone.tap
        finding.detail = Audit.Finding.cutOff
        finding.uid = uid
        finding.vm = key.vm
        finding.age = UInt32(clamping: (now - gone.since).components.seconds)
        return finding
      }
  }
}
