import Failure
import IPC
import IPCFrames
import IPCPeer
import Linux
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// Every verb, by everybody, in every phase: the whole table, written down a second time.
  @Suite struct AuthorisationTests {
    enum Who: UInt32, CaseIterable {
      case owner = 64301
      case other = 64302
      case unknown = 64303
      case root = 0
    }

    enum Outcome: Hashable {
      case granted
      /// Granted, and it reaches none of the owner's objects.
      case blind
      case refused(Failure.Code)
      case closed
    }

    static let configuration = """
      [User \(Who.owner.rawValue)]
      Networks=default
      [User \(Who.other.rawValue)]
      MaxPorts=10
      """

    /// What is to be answered in a phase that the verb belongs to.
    static func expected(_ verb: Verb, _ who: Who) -> Outcome {
      switch (verb, who) {
      case (_, .unknown): .refused(.denied)
      case (.hello, _), (.audit, _), (.counters, _), (.device, _),
        (_, .owner) where !isNaming(verb):
        .granted
      case (.watch, .root), (.shards, .root), (.leases, .root): .granted
      case (.watch, _), (.shards, _), (.leases, _): .refused(.denied)
      case (.ports, .root), (.forwards, .root): .granted
      case (.detach, _), (.policy, _), (.forward, _): .refused(.notFound)
      case (.keep, _), (.attach, _), (.ports, _), (.forwards, _), (.forget, _): .blind
      default: .granted
      }
    }

    static func isNaming(_ verb: Verb) -> Bool { [.watch, .shards, .leases].contains(verb) }

    static func isInPhase(_ verb: Verb, _ phase: Phase) -> Bool {
      switch verb {
      case .hello: phase == .new
      case .watch, .shards, .leases: phase == .greeted
      case .keep, .ports, .audit, .forwards, .counters, .notifications: phase != .new
      case .attach, .detach, .device, .forget, .policy, .forward: phase == .serving
      }
    }

    @Test func everyVerbForEverybodyInEveryPhase() throws {
      try Rig.run(netd: Rig.defaults + "Devices=kvm vhost-net\n", networks: Self.configuration) { rig in
        let vm = someVM()
        var owner = try Session(rig, uid: Who.owner.rawValue)
        var cells = 0
        for verb in Verb.allCases {
          for phase in [Phase.new, .greeted, .keeping, .serving] {
            for who in Who.allCases {
              let port = try owner.attach(vm, keep: true)
              let handle = port.handle
              let slot = port.reply.slot
              _ = consume port
              _ = try owner.connection.call(Self.way(to: vm))
              // Who is unknown never gets behind the greeting.
              let isIn = Self.isInPhase(verb, who == .unknown ? .new : phase)
              let wanted: Outcome = isIn ? Self.expected(verb, who) : .closed
              let seen = try Self.ask(rig, verb, who, phase, vm: vm, handle: handle, slot: slot)
              #expect(seen == wanted, "\(verb) by \(who) in phase \(phase.rawValue)")
              cells += 1
            }
          }
        }
        #expect(cells == 16 * 4 * 4)
        #expect(try owner.forget(vm) == 1)
        for who in [Who.other, .root] {
          var session = who == .root ? try Session(rig) : try Session(rig, uid: who.rawValue)
          _ = try session.forget(vm)
        }
      }
    }

    private static func way(to vm: VMIdentity) -> Forward {
      var forward = Forward()
      forward.vm = vm
      forward.guestPort = 22
      return forward
    }

    private static func ask(
      _ rig: Rig, _ verb: Verb, _ who: Who, _ phase: Phase, vm: VMIdentity, handle: UInt64, slot: SlotName
    ) throws -> Outcome {
      var connection = Connection(try rig.connect(as: who.rawValue), peer: "netd")
      if phase != .new { _ = try? connection.call(Hello(client: "matrix")) }
      // Who is unknown never gets behind the greeting.
      if who != .unknown, phase == .keeping { _ = try? connection.call(Keep(leases: [], more: true)) }
      if who != .unknown, phase == .serving { _ = try? connection.call(Keep(leases: [])) }
      do { return try ask(verb, &connection, vm: vm, handle: handle, slot: slot) } catch {
        // Whether this machine has the device is another question.
        if verb == .device, error.code == .unsupported { return .granted }
        return error.code == .unavailable || error.code == .protocol ? .closed : .refused(error.code)
      }
    }

    private static func ask(
      _ verb: Verb, _ connection: inout Connection, vm: VMIdentity, handle: UInt64, slot: SlotName
    ) throws(Failure) -> Outcome {
      func seen(_ isIt: Bool) -> Outcome { isIt ? .granted : .blind }
      switch verb {
      case .hello: _ = try reply(Hello(client: "matrix"), &connection)
      case .keep:
        let lease = Keep.Lease(vm: vm, nic: 0, slot: slot)
        return seen(try reply(Keep(leases: [lease], more: true), &connection).refused.isEmpty)
      case .attach:
        let own = try reply(Attach(vm: vm, nic: 0, network: "default"), &connection, descriptors: 1).slot
        if own != slot { _ = try reply(Forget(vm: vm), &connection) }
        return seen(own == slot)
      case .detach: _ = try reply(Detach(handle: handle), &connection)
      case .device: _ = try reply(Device(kind: .vhostNet), &connection, descriptors: 1)
      case .ports: return seen(try reply(Ports(), &connection).entries.contains { $0.vm == vm })
      case .audit: _ = try reply(Audit(), &connection)
      case .forget: return seen(try reply(Forget(vm: vm), &connection).freed > 0)
      case .policy:
        var policy = Policy()
        policy.vm = vm
        _ = try reply(policy, &connection)
      case .forward: _ = try reply(way(to: vm), &connection)
      case .forwards: return seen(try reply(Forwards(), &connection).entries.contains { $0.vm == vm })
      case .counters: _ = try reply(Counters(), &connection)
      case .notifications: _ = try reply(Notifications(), &connection)
      case .watch: _ = try reply(Watch(), &connection)
      case .shards: _ = try reply(Shards(), &connection)
      case .leases: return seen(try reply(Leases(), &connection).entries.contains { $0.vm == vm })
      }
      return .granted
    }

    private static func reply<R: Request>(
      _ request: R, _ connection: inout Connection, descriptors: Int = 0
    ) throws(Failure) -> R.Reply {
      let answer = try connection.call(request, expecting: descriptors)
      return answer.body
    }

    @Test func grantsLimitWhatAUserMayHave() throws {
      let networks = """
        [Network default]
        Subnet=10.100.0.0/16
        [Network lab]
        Subnet=10.101.0.0/24
        Bridge=br-lab
        TapPrefix=lab
        [User 64301]
        Networks=lab
        Devices=
        MaxPorts=1
        ForwardPorts=25000-25001
        [Group \(Rig.group)]
        Networks=default
        """
      try Rig.run(networks: networks) { rig in
        var session = try Session(rig, uid: 64301)
        let vm = someVM()
        #expect(session.refusal(Attach(vm: vm, nic: 0, network: "default"))?.code == .denied)
        let port = try session.attach(vm, network: "lab")
        #expect(session.refusal(Attach(vm: vm, nic: 1, network: "lab"))?.code == .exhausted)
        #expect(session.refusal(Device(kind: .kvm))?.code == .denied)
        var forward = Self.way(to: vm)
        var ports: Set<UInt16> = []
        for guest in 22...23 as ClosedRange<UInt16> {
          forward.guestPort = guest
          ports.insert(try session.connection.call(forward).body.hostPort)
        }
        #expect(ports == [25000, 25001])
        forward.guestPort = 24
        #expect(session.refusal(forward)?.code == .exhausted)
        forward.hostPort = 443
        #expect(session.refusal(forward)?.code == .denied)
        // The section of a group counts for those who have none of their own.
        var member = try Session(rig, uid: 64309)
        #expect(member.refusal(Attach(vm: someVM(), nic: 0, network: "lab"))?.code == .denied)
        #expect(try session.forget(vm) == 1)
        _ = consume port
      }
    }

    @Test func whoAsksTooOftenIsSlowedDownAlone() throws {
      try Rig.run(netd: Rig.defaults + "MaxRequestsPerSecond=20\n") { rig in
        var hasty = try Session(rig, uid: 64301)
        var refusals: [Failure] = []
        for _ in 0..<100 { if let refusal = hasty.refusal(Ports()) { refusals.append(refusal) } }
        #expect(!refusals.isEmpty && refusals.allSatisfy { $0.code == .unavailable })
        #expect(refusals.first?.remedy.contains("MaxRequestsPerSecond=") == true)
        var calm = try Session(rig, uid: 64302)
        #expect(calm.refusal(Ports()) == nil)
        var root = try Session(rig)
        #expect(try root.connection.call(Counters()).body.throttled == UInt64(refusals.count))
      }
    }
  }
}
