import Failure
import Glibc
import Hypervisor
import Life
import Linux
import Synchronization
import VMSpec

@testable import NodeCore

/// A hypervisor with its guest as a value: no process, and what was done to it can be looked at.
final class FakeGuest: HypervisorProcess {
  let id: String
  let pid: Int32
  let order: MachineOrder

  /// What a copy of it has too.
  struct Facts: Sendable {
    var condition = GuestCondition.running
    var devices: Set<Device>
    var rates: [Device: DiskRate] = [:]
    var sizes: [Device: UInt64] = [:]
    /// Names of the snapshots in the image of each disk.
    var snapshots: [Device: Set<String>] = [:]
    /// Those whose memory it was given.
    var loaded: [String] = []
    /// Cards whose cable is pulled out.
    var unplugged: Set<Device> = []
    var balloon: UInt64
    /// Whether the guest powers off when it is asked to.
    var isObedient = true
    /// It was asked to while it stood still.
    var isPressed = false
    /// What the hypervisor answers to the next disk or card.
    var refusal: Failure?
    /// What happens while its memory is written.
    var duringMemory: (@Sendable () async -> Void)?
  }

  private struct State: ~Copyable {
    var facts: Facts
    /// Held as long as it lives: "this VM runs".
    var lock: Descriptor?
    var isOver = false
    var ends: [@Sendable (HowEnded) -> Void] = []
    var listeners: [AsyncStream<MachineEvent>.Continuation] = []
    /// What the next answer about the condition waits for, on its way; and whether it does.
    var delay: AsyncStream<Void>?
    var isDelayed = false
    /// Those of a supervisor that is no more: never heard again, and never told that it is over.
    var forgotten: [AsyncStream<MachineEvent>.Continuation] = []
  }

  private let state: Mutex<State>

  init(_ id: String, pid: Int32, _ order: MachineOrder, lock: consuming Descriptor, _ facts: Facts? = nil) {
    self.id = id
    self.pid = pid
    self.order = order
    let addresses = DeviceAddresses(order.spec, known: order.addresses)
    let devices = addresses.disks.map { Device.disk($0.number) } + addresses.nics.map { .nic($0.number) }
    state = Mutex(
      State(
        facts: facts
          ?? Facts(
            condition: order.isHeld ? .paused : .running, devices: Set(devices), balloon: order.spec.memory),
        lock: lock))
  }

  var facts: Facts { state.withLock { $0.facts } }
  var isOver: Bool { state.withLock { $0.isOver } }

  func change(_ change: (inout Facts) -> Void) { state.withLock { change(&$0.facts) } }

  /// - Throws: that it is over, or what it was told to answer.
  func answer<R>(_ body: (inout Facts) throws(Failure) -> R) throws(Failure) -> R {
    let result: Result<R, Failure> = state.withLock { state in
      guard !state.isOver else {
        return .failure(Failure(.unavailable, operation: "ask machine", cause: "the connection has ended"))
      }
      do throws(Failure) { return .success(try body(&state.facts)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// From now on the next answer about the condition is on its way until `end` ends.
  func delayAnswer(until end: AsyncStream<Void>) { state.withLock { $0.delay = end } }
  var isDelayed: Bool { state.withLock { $0.isDelayed } }

  func holdAnswer() async {
    let delay = state.withLock { state in
      defer { state.delay = nil }
      if state.delay != nil { state.isDelayed = true }
      return state.delay
    }
    guard let delay else { return }
    for await _ in delay {}
    state.withLock { $0.isDelayed = false }
  }

  func tell(_ event: MachineEvent) { for one in state.withLock({ $0.listeners }) { one.yield(event) } }

  func events() -> AsyncStream<MachineEvent> {
    let (stream, continuation) = AsyncStream.makeStream(of: MachineEvent.self)
    let isOver = state.withLock { state in
      state.listeners.append(continuation)
      return state.isOver
    }
    if isOver { continuation.finish() }
    return stream
  }

  /// Its process ends.
  func end(_ how: HowEnded) {
    let (ends, listeners) = state.withLock { state in
      state.isOver = true
      state.lock = nil
      defer { (state.ends, state.listeners) = ([], []) }
      return (state.ends, state.listeners)
    }
    for one in listeners { one.finish() }
    for one in ends { one(how) }
  }

  /// The guest sets its own condition, and says so.
  func become(_ condition: GuestCondition) {
    change { $0.condition = condition }
    tell(.guest(condition))
  }

  /// The supervisor that knows it is no more.
  func supervisorEnds() {
    state.withLock { state in
      state.ends = []
      state.forgotten += state.listeners
      state.listeners = []
    }
  }

  func onEnd(_ body: @escaping @Sendable (HowEnded) -> Void) {
    let isOver = state.withLock { state in
      if !state.isOver { state.ends.append(body) }
      return state.isOver
    }
    if isOver { body(.unknown) }
  }

  func signal(_ number: Int32) { if number == SIGKILL || number == SIGTERM { end(.signalled(number)) } }
}
