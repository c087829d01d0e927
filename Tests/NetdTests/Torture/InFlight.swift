import Dispatch
import Failure
import Glibc
import IPC
import Linux
import Synchronization

@testable import NetworkPlan
@testable import netd

/// Asks on a thread of its own, until everything is asked or netd is gone.
private final class Volley: Sendable {
  private let answers = Mutex<[Outcome]>([])
  private let done = DispatchSemaphore(value: 0)

  init(_ socket: DescriptorCell, uid: UInt32, _ asks: [Ask]) {
    DispatchQueue(label: "volley").async {
      if let socket = socket.take(), let caller = try? Caller(socket, uid: uid),
        (try? caller.call(Keep(leases: []))) != nil
      {
        for ask in asks {
          let outcome = caller.perform(ask)
          self.answers.withLock { $0.append(outcome) }
          if case .lost = outcome { break }
        }
      }
      self.done.signal()
    }
  }

  func wait() -> [Outcome] {
    done.wait()
    return answers.withLock { $0 }
  }
}

extension Torture {
  /// netd is killed while it is asked. What it has answered counts; what it has not answered may have happened or not.
  func crashInFlight() throws {
    guard let uid = Self.users.randomElement(using: &random) else { return }
    let asks = (0..<Int.random(in: 1...40, using: &random)).map { _ in someAsk(of: uid) }
    let volley = Volley(DescriptorCell(try rig.connect(as: uid)), uid: uid, asks)
    usleep(UInt32.random(in: 0...40_000, using: &random))
    try rig.end(by: SIGKILL)
    let answers = volley.wait()
    note("netd killed in flight", "\(answers.count) of \(asks.count) asked")
    for (ask, answer) in zip(asks, answers) {
      trail.append("in flight: \(ask) -> \(answer)")
      guard case .lost = answer else {
        try apply(ask, answer, isLate: true)
        continue
      }
      doubtful.insert(ask.owner)
      if case .forget(let uid, let vm) = ask { doubtful.insert(Owner(uid: uid, vm: vm, nic: 1)) }
    }
    try revive()
  }
}
