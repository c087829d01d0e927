import Failure
import Glibc
import Hypervisor
import IPCPeer
import Life
import Linux
import Synchronization
import VMSpec

@testable import NodeCore

/// A host whose hypervisors are values. They outlive the fleets that start them, as processes outlive the supervisor.
final class FakeHost: Backend, HypervisorHost {
  private struct State: Sendable {
    /// Above every process of a real host.
    var nextPid: Int32 = 1 << 22
    var orders: [String: MachineOrder] = [:]
    var guests: [Int32: FakeGuest] = [:]
    var refusal: Failure?
  }

  private let state = Mutex(State())
  /// Every hypervisor began at that tick of the clock.
  private static let beginning: UInt64 = 1

  /// Those that live.
  var guests: [FakeGuest] { state.withLock { Array($0.guests.values) }.filter { !$0.isOver } }

  func guests(of id: String) -> [FakeGuest] { guests.filter { $0.id == id } }

  /// What every start is answered with from now on; nil: it succeeds.
  func refuse(_ why: Failure?) { state.withLock { $0.refusal = why } }

  /// A host that is as this one is now, whose VMs have their files elsewhere.
  func copy(_ paths: Paths) throws -> FakeHost {
    let host = FakeHost()
    host.state.withLock { $0.nextPid = state.withLock(\.nextPid) }
    for guest in guests {
      guard let lock = try LockFile.acquire(paths.vm(guest.id).lock) else { throw Errno(EAGAIN) }
      let copy = FakeGuest(guest.id, pid: guest.pid, guest.order, lock: lock, guest.facts)
      host.state.withLock { $0.guests[guest.pid] = copy }
    }
    return host
  }

  // MARK: processes

  func start(
    _ plan: ProcessPlan, numbers: [Int32], _ confinement: ConfinementPlan,
    note: (_ pid: Int32, _ startTime: UInt64) throws(Failure) -> Void
  ) throws(Failure) -> StartedHypervisor {
    let id = plan.arguments[1]
    let (pid, order, refusal) = state.withLock { state in
      state.nextPid += 1
      return (state.nextPid, state.orders[id], state.refusal)
    }
    try note(pid, Self.beginning)
    if let refusal { throw refusal }
    let place = plan.descriptors.firstIndex { $0.role == .lock }
    guard let order, let place else { throw Failure(.internal, operation: "start", object: id, cause: "no order") }
    let guest = FakeGuest(id, pid: pid, order, lock: Descriptor(owning: fcntl(numbers[place], F_DUPFD_CLOEXEC, 0)))
    state.withLock { $0.guests[pid] = guest }
    return StartedHypervisor(process: guest, report: LaunchReport())
  }

  func process(pid: Int32, startTime: UInt64) -> (any HypervisorProcess)? {
    guard startTime == Self.beginning else { return nil }
    return guests.first { $0.pid == pid }
  }

  func search(_ id: String, _ backend: any Backend) -> HypervisorSearch.Found? {
    guests.first { $0.id == id }.map {
      HypervisorSearch.Found(pid: $0.pid, startTime: Self.beginning, isEmulated: true)
    }
  }

  // MARK: the backend

  let name = "fake"
  let path = "/nowhere/fake"
  let firstWithKVMDescriptor = "fake 1"
  let mostEmulatedProcessors = 8

  func capabilities() async throws(Failure) -> Capabilities {
    Capabilities(
      version: "1", takesKVMDescriptor: false, buses: Set(DiskSpec.Bus.allCases), models: Set(NICSpec.Model.allCases))
  }

  func files() async throws(Failure) -> HypervisorFiles { HypervisorFiles(executable: [], readable: []) }

  func accelerator(
    for spec: VMSpec, on host: HostKVM, _ capabilities: Capabilities
  ) throws(Failure) -> AcceleratorChoice { AcceleratorChoice(accelerator: .tcg) }

  func plan(_ order: MachineOrder, _ capabilities: Capabilities) -> ProcessPlan {
    state.withLock { $0.orders[order.identity.uuid] = order }
    let roles: [DescriptorRole] = [.null, .processLog, .monitor, .lock]
    return ProcessPlan(
      arguments: [path, order.identity.uuid],
      descriptors: roles.enumerated().map { .init(role: $1, target: Int32($0)) })
  }

  func meet(
    at sockets: [String], agent: Bool, disks: Bool, timeout: Duration
  ) async throws(Failure) -> Meeting {
    // The folder of the socket is named after the VM.
    let id = sockets.first?.split(separator: "/").dropLast().last.map(String.init) ?? ""
    guard let guest = guests.first(where: { $0.id == id }) else {
      throw Failure(.unavailable, operation: "connect", object: id, cause: "nobody listens")
    }
    let facts = guest.facts
    return Meeting(
      machine: FakeMachine(guest: guest), uuid: id, condition: facts.condition,
      agentPortIsOpen: nil, diskRates: .success(Array(facts.rates.values)), balloon: facts.balloon)
  }

  func plainWords(_ line: String, images: [Int: String]) -> String { line }
  func lockedImage(_ line: String, among numbers: [Int]) -> Int? { nil }
  func meansLockedImage(_ words: String) -> Bool { false }
  func isEmulated(commandLine: [UInt8], of uuid: String) -> Bool? { nil }
}
