import Failure
import Glibc
import IPC
import IPCFrames
import IPCPeer
import Linux

/// Becomes a hypervisor: receives a plan and descriptors, locks itself in, executes.
///
/// It holds nothing and decides nothing. Which layers are on is reported over the socket on which the plan came. The first
/// failure is sent back there too, and ends it with status 1; success closes that socket, because it is close-on-exec.
@main
enum Main {
  static func main() {
    guard isSocket(LaunchPlan.socketNumber) else {
      complain("vmlaunch is started by vmsupervisor, with a plan on descriptor \(LaunchPlan.socketNumber)")
      exit(64)
    }
    let socket = Descriptor(owning: LaunchPlan.socketNumber)
    do {
      let order = try Order.receive(from: socket.raw)
      var confinement = Confinement()
      try confinement.apply(order.plan, order, asking: socket.raw)
      try order.execute(confinement, reportingTo: socket)
    } catch {
      let refusal = Frame.encodeRefusal(id: 1, verb: LaunchPlan.verb, error)
      try? Packets.send(refusal, to: socket.raw)
      exit(1)
    }
  }

  private static func isSocket(_ number: Int32) -> Bool {
    var status = stat()
    return fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
  }

  private static func complain(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(2, line, line.count)
  }
}
