import CLinux
import Failure
import Glibc
import IPC
import IPCFrames
import IPCPeer
import Linux

/// A plan with its descriptors and its list of system calls.
struct Order: ~Copyable {
  let plan: LaunchPlan
  private let gate: SystemCallGate
  private let descriptors: DescriptorList

  /// Waits for the two packets that the supervisor sends.
  static func receive(from socket: Int32) throws(Failure) -> Order {
    do {
      var descriptors = DescriptorList()
      let plan = try next(LaunchPlan.self, from: socket, &descriptors, atMost: LaunchPlan.maxDescriptors)
      guard plan.targets.count == descriptors.count, Set(plan.targets).count == plan.targets.count,
        plan.reopened.allSatisfy(plan.targets.contains)
      else { throw WireError.badValue }
      let gate = try next(LaunchGate.self, from: socket, &descriptors, atMost: 0)
      return Order(plan: plan, gate: SystemCallGate(gate.instructions), descriptors: descriptors)
    } catch let error as Failure {
      throw error
    } catch let error as Errno {
      throw error.failure("receive plan")
    } catch {
      throw Failure(.protocol, operation: "receive plan", cause: "malformed: \(error)")
    }
  }

  private static func next<R: Request>(
    _ type: R.Type, from socket: Int32, _ descriptors: inout DescriptorList, atMost room: Int
  ) throws -> R {
    var buffer = [UInt8](repeating: 0, count: Wire.maxFrame)
    var packet = try Packets.receive(into: &buffer, maxDescriptors: room, from: socket)
    guard packet.length > 0 else {
      throw Failure(.unavailable, operation: "receive plan", cause: "the supervisor is gone")
    }
    for index in 0..<packet.descriptors.count {
      if let descriptor = packet.descriptors.take(index) { descriptors.append(descriptor) }
    }
    var decoder = Decoder(Array(buffer.prefix(packet.length)))
    let header = try Frame.header(&decoder)
    guard header.verb == R.verb, header.kind == .request else { throw WireError.badValue }
    return try Frame.body(R.self, &decoder)
  }

  /// The descriptors of `targets`, by the numbers that they have until they are placed.
  borrowing func numbers(of targets: [UInt16]) -> [Int32] {
    zip(descriptors.raw, plan.targets).filter { targets.contains($1) }.map { $0.0 }
  }

  /// Places the descriptors, puts on the list of system calls, reports, and executes the program. Returns only by
  /// throwing what went wrong before the report.
  consuming func execute(
    _ confinement: Confinement, reportingTo socket: borrowing Descriptor
  ) throws(Failure) {
    let report: Descriptor
    do throws(Errno) { report = try place(socket.raw) } catch { throw error.failure("place descriptors") }
    // The list permits to execute what stands at this address, and nothing else.
    guard let program = strdup(plan.program) else { throw Errno(ENOMEM).failure("execute hypervisor") }
    var gate = gate
    gate.fill(process: getpid(), program: UInt64(UInt(bitPattern: program)))
    var confinement = confinement
    do throws(Failure) {
      let listener = confinement.close(gate)
      try confinement.require(plan.required)
      try confinement.send(listener, to: report.raw)
      withCStrings(plan.arguments) { words in
        withCStrings(plan.environment) { environment in _ = execve(program, words, environment) }
      }
      throw Errno(errno).failure(
        "execute hypervisor", plan.program, remedy: "install it, or set QEMU= in the supervisor's configuration")
    } catch {
      // The socket is not where `main` knows it any more.
      try? Packets.send(Frame.encodeRefusal(id: 1, verb: LaunchPlan.verb, error), to: report.raw)
      exit(1)
    }
  }

  /// Puts every descriptor where the program wants it and sees to it that it finds no other.
  /// - Returns: the socket to the supervisor at a number above them, closed by exec.
  private borrowing func place(_ socket: Int32) throws(Errno) -> Descriptor {
    let highest = Int32(plan.targets.max() ?? 2)
    // Everything moves above the targets first, so that placing one never overwrites another.
    let report = Descriptor(owning: try Errno.check(clinux_dup_above(socket, highest + 1)))
    var copies = DescriptorList()
    for number in descriptors.raw {
      copies.append(Descriptor(owning: try Errno.check(clinux_dup_above(number, highest + 1))))
    }
    for (copy, target) in zip(copies.raw, plan.targets) where dup2(copy, Int32(target)) < 0 { throw Errno(errno) }
    let placed = Set(plan.targets.map(Int32.init))
    for number in 0...max(2, highest) where !placed.contains(number) && number != socket { close(number) }
    if !placed.contains(socket) { try Errno.check(clinux_close_range(UInt32(socket), UInt32(socket), 1)) }
    try Errno.check(clinux_close_range(UInt32(highest + 1), .max, 1))
    return report
  }
}
