package import ArgumentParser

extension CompletionKind {
  /// The names of the VMs that are there when somebody presses the tab key.
  ///
  /// A shell waits for it at each key: two seconds are the most, and a daemon that is away is no message in the middle of a line.
  package static let vms = CompletionKind.shellCommand("timeout 2 vmsupervisor status --output name 2>/dev/null")
}
