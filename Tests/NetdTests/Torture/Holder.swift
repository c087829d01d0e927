import Failure
import Glibc
import IPC
import IPCFrames
import IPCPeer
import Linux

@testable import NetworkPlan
@testable import netd

/// A process that holds a TAP, as a guest's hypervisor does.
final class Holder {
  private let process: ProcessHandle
  private var hasEnded = false

  init(_ tap: borrowing Descriptor) throws {
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    process = try ProcessHandle.spawn(
      "/usr/bin/sleep", arguments: ["sleep", "3600"], environment: [],
      descriptors: [(null, 0), (null, 1), (null, 2), (tap.raw, 3)])
  }

  /// Ends it; what it held is free when this returns.
  func end(by signal: Int32) throws {
    guard !hasEnded else { return }
    hasEnded = true
    try process.signal(signal)
    _ = try process.reap(blocking: true)
  }

  deinit { try? end(by: SIGKILL) }
}

/// A connection of one user.
final class Caller {
  let uid: UInt32
  private var connection: Connection

  /// Connects and greets; a listing may be asked for, nothing else.
  convenience init(_ rig: Rig, uid: UInt32) throws { try self.init(try rig.connect(as: uid), uid: uid) }

  init(_ socket: consuming Descriptor, uid: UInt32) throws {
    self.uid = uid
    try UnixSocket.limitWaiting(socket.raw, seconds: 10)
    connection = Connection(socket, peer: "netd")
    _ = try connection.call(Hello(client: "torture"))
  }

  func call<R: Request>(_ request: R) throws(Failure) -> R.Reply { try connection.call(request).body }

  /// Asks now and fetches the answer after `body`.
  func call<R: Request>(_ request: R, meanwhile body: () throws -> Void) throws -> R.Reply {
    let question = try connection.ask(request)
    try body()
    return try connection.answer(to: question).body
  }

  func attach(_ request: Attach) throws(Failure) -> (reply: Attach.Reply, tap: DescriptorCell) {
    var answer = try connection.call(request, expecting: 1)
    guard let tap = answer.take() else { throw Failure(.protocol, operation: "attach", cause: "no descriptor came") }
    return (answer.body, DescriptorCell(tap))
  }

  func ports() throws(Failure) -> [Ports.Entry] {
    var entries: [Ports.Entry] = []
    var cursor: UInt32 = 0
    repeat {
      let page = try call(Ports(cursor: cursor))
      entries += page.entries
      cursor = page.next
    } while cursor != 0
    return entries
  }

  func forwards() throws(Failure) -> [Forwards.Entry] {
    var entries: [Forwards.Entry] = []
    var cursor: UInt32 = 0
    repeat {
      let page = try call(Forwards(cursor: cursor))
      entries += page.entries
      cursor = page.next
    } while cursor != 0
    return entries
  }
}

/// What came of an `Ask`.
enum Outcome: Sendable {
  case attached(Attach.Reply, DescriptorCell)
  case forgotten(UInt16)
  case forwarded(UInt16)
  case done
  case refused(Failure)
  /// netd went away before it answered.
  case lost(Failure)
}

extension Caller {
  func perform(_ ask: Ask) -> Outcome {
    do throws(Failure) {
      switch ask {
      case .attach(let owner, let network, let address, let keep):
        let got = try attach(
          Attach(vm: owner.vm, nic: owner.nic, network: network, address: address, keep: keep))
        return .attached(got.reply, got.tap)
      case .detach(_, let handle):
        _ = try call(Detach(handle: handle))
        return .done
      case .forget(_, let vm): return .forgotten(try call(Forget(vm: vm)).freed)
      case .policy(let owner, let isRestricted, let rules):
        _ = try call(
          Policy(
            vm: owner.vm, nic: owner.nic, isRestricted: isRestricted, list: rules.list, ranges: rules.ranges,
            sendRate: rules.sendRate, receiveRate: rules.receiveRate))
        return .done
      case .forward(let owner, let transport, let guestPort, let hostPort, let isClosed):
        let reply = try call(
          Forward(
            vm: owner.vm, nic: owner.nic, transport: transport, guestPort: guestPort, hostPort: hostPort,
            isClosed: isClosed))
        return .forwarded(reply.hostPort)
      }
    } catch let failure { return connection.isUsable ? .refused(failure) : .lost(failure) }
  }
}
