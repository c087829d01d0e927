import Dispatch
import Glibc
package import Life
import Linux

/// The process of a machine, and the watch on its end.
package protocol HypervisorProcess: Sendable {
  var pid: Int32 { get }
  /// Calls `body` once, within milliseconds of the end.
  func onEnd(_ body: @escaping @Sendable (HowEnded) -> Void)
  /// Sends a signal; a process that has ended gets none.
  func signal(_ number: Int32)
}

extension HypervisorProcess {
  /// Ends it without asking.
  func kill() { signal(SIGKILL) }
}

/// A hypervisor process of this host, child of ours or of an earlier life of ours, and the watch on its end.
package final class RunningProcess: HypervisorProcess {
  package let pid: Int32
  private let handle: ProcessHandle
  private static let queue = DispatchQueue(label: "procurator.exits")

  init(_ handle: consuming ProcessHandle) {
    pid = handle.pid
    self.handle = handle
  }

  package func onEnd(_ body: @escaping @Sendable (HowEnded) -> Void) {
    let watch = DispatchSource.makeReadSource(fileDescriptor: handle.descriptor.raw, queue: Self.queue)
    // Its handler keeps the source and this object, and so the descriptor, until it has fired and is cancelled.
    watch.setEventHandler { [self] in
      let how: HowEnded =
        switch (try? handle.reap()) ?? nil {
        case .exited(let status): .exited(status)
        case .signalled(let number): .signalled(number)
        case .unknown, nil: .unknown
        }
      watch.cancel()
      body(how)
    }
    watch.activate()
  }

  package func signal(_ number: Int32) { try? handle.signal(number) }
}
