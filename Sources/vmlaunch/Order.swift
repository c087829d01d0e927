import CLinux
import Failure
import Glibc
import IPC
import IPCPeer
import Linux

/// A plan with its descriptors.
struct Order: ~Copyable {
  let plan: LaunchPlan
  private var descriptors: DescriptorList

  init(plan: LaunchPlan, descriptors: consuming DescriptorList) {
    self.plan = plan
    self.descriptors = descriptors
  }

  /// Waits for the one packet that the supervisor sends.
  static func receive(from socket: Int32) throws(Failure) -> Order {
    var buffer = [UInt8](repeating: 0, count: Wire.maxFrame)
    do {
      var packet = try Packets.receive(
        into: &buffer, maxDescriptors: LaunchPlan.maxDescriptors, from: socket)
      guard packet.length > 0 else {
        throw Failure(.unavailable, step: "receive plan", cause: "the supervisor is gone")
      }
      var decoder = Decoder(Array(buffer.prefix(packet.length)))
      let header = try Frame.header(&decoder)
      guard header.verb == LaunchPlan.verb, header.kind == .request else { throw WireError.badValue }
      let plan = try Frame.body(LaunchPlan.self, &decoder)
      guard plan.targets.count == packet.descriptors.count, Set(plan.targets).count == plan.targets.count else {
        throw WireError.badValue
      }
      var descriptors = DescriptorList()
      for index in 0..<packet.descriptors.count {
        if let descriptor = packet.descriptors.take(index) { descriptors.append(descriptor) }
      }
      return Order(plan: plan, descriptors: descriptors)
    } catch let error as Failure {
      throw error
    } catch let error as Errno {
      throw error.failure("receive plan")
    } catch {
      throw Failure(.protocol, step: "receive plan", cause: "malformed: \(error)")
    }
  }

  /// Places the descriptors and executes the program. Returns only by throwing.
  consuming func execute(reportingTo socket: borrowing Descriptor) throws(Failure) {
    let highest = Int32(plan.targets.max() ?? 2)
    do throws(Errno) {
      // Everything moves above the targets first, so that placing one never overwrites another.
      let report = Descriptor(owning: try Errno.check(clinux_dup_above(socket.raw, highest + 1)))
      var copies = DescriptorList()
      for number in descriptors.raw {
        copies.append(Descriptor(owning: try Errno.check(clinux_dup_above(number, highest + 1))))
      }
      for (copy, target) in zip(copies.raw, plan.targets) where dup2(copy, Int32(target)) < 0 { throw Errno(errno) }
      let placed = Set(plan.targets.map(Int32.init))
      for number in 0...max(2, highest) where !placed.contains(number) && number != socket.raw { close(number) }
      if !placed.contains(socket.raw) { try Errno.check(clinux_close_range(UInt32(socket.raw), UInt32(socket.raw), 1)) }
      try Errno.check(clinux_close_range(UInt32(highest + 1), .max, 1))
      withCStrings(plan.arguments) { words in
        withCStrings(plan.environment) { environment in _ = execve(plan.program, words, environment) }
      }
      let failure = Errno(errno).failure(
        "execute hypervisor", plan.program, cure: "install it, or set QEMU= in the supervisor's configuration")
      try? Packets.send(Frame.encodeRefusal(id: 1, verb: LaunchPlan.verb, failure), to: report.raw)
      exit(1)
    } catch {
      throw error.failure("place descriptors")
    }
  }
}
