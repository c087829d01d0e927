import Failure
import Glibc
import IPC
import IPCPeer
import Linux

/// Ports of netd that this process holds.
struct HeldPorts: ~Copyable {
  private var netd: Connection
  private var taps = DescriptorList()
  private var handles: [UInt64] = []
  /// The TAPs and their numbers in the kernel. Another one of the same name has another number.
  private var links: [(name: String, number: UInt32)] = []

  private init(_ netd: consuming Connection) { self.netd = netd }

  /// Attaches so many, one after the other.
  static func attach(_ count: Int, socket: String) throws -> HeldPorts {
    var ports = HeldPorts(try Attachments.open(socket))
    for _ in 0..<count { try ports.attach() }
    return ports
  }

  private mutating func attach() throws {
    let request = Attach(vm: Attachments.random(), nic: 0, network: "default", keep: false)
    var answer = try netd.call(request, expecting: 1)
    guard let tap = answer.take() else { throw Attachments.missing }
    taps.append(tap)
    handles.append(answer.body.handle)
    links.append((answer.body.port.tap, if_nametoindex(answer.body.port.tap)))
  }

  /// Closes all TAPs at once, as the death of their holders does.
  mutating func letGo() { taps = DescriptorList() }

  /// Gives all handles back, one request each.
  mutating func release() throws {
    for handle in handles { _ = try netd.call(Detach(handle: handle)) }
    handles = []
  }

  /// Waits until the kernel has none of the TAPs any more.
  mutating func waitUntilGone() throws {
    let until = Stopwatch.now() + 60_000_000_000
    while let (name, number) = links.last {
      if if_nametoindex(name) != number {
        links.removeLast()
        continue
      }
      guard Stopwatch.now() < until else { throw Self.late("the TAP \(name) is still there") }
      Stopwatch.pause(1000)
    }
  }

  /// Throws unless netd, which may have been started again, answers that all of them are there and in use.
  func check(_ socket: String) throws {
    var netd = try Attachments.open(socket)
    var found: Set<UInt64> = []
    var cursor: UInt32 = 0
    repeat {
      let page = try netd.call(Ports(cursor: cursor)).body
      for entry in page.entries where entry.state == .active { found.insert(entry.port.mac) }
      cursor = page.next
    } while cursor != 0
    guard found.count == links.count else { throw Self.late("\(found.count) of \(links.count) ports are in use") }
  }

  private static func late(_ cause: String) -> Failure {
    Failure(.unavailable, operation: "measure ports", cause: cause)
  }
}
