import Failure
import Foundation
import NodeAPI
import SwiftProtobuf
import Testing

@testable import NodeClient

extension GuestTests.TortureTests {
  /// Many guests are wanted at once: all come to run, and never more of them are being started than is permitted.
  @Test func aCrowdStartsInTurn() async throws {
    let isLong = ProcessInfo.processInfo.environment["PROCURATOR_TORTURE"] != nil
    let names = (1...(isLong ? 20 : 8)).map { "torture\($0)" }
    let limit = 4
    try await Rig.run(concurrentStarts: limit) { rig in
      for name in names { await rig.ok("create", "-f", "-", input: rig.smallGuestSpec(name)) }
      let watch = Task { try await Crowd(rig).mostAtOnce(of: names.count) }
      await withTaskGroup(of: Void.self) { group in
        for name in names { group.addTask { await rig.ok("start", name) } }
      }
      let most = try await watch.value
      #expect(most <= limit, "\(most) hypervisors were being started at a time")
      for name in names { await rig.ok("wait", name, "--state", "agent", "--timeout", "300") }
      print("\(names.count) guests: at most \(most) were being started at a time")
    }
  }
}

/// Looks how many VMs are between the execution of their hypervisor and its first answer.
private struct Crowd {
  let rig: Rig

  init(_ rig: Rig) { self.rig = rig }

  /// The most that were seen at one instant until `count` VMs run.
  func mostAtOnce(of count: Int) async throws -> Int {
    let limit = ContinuousClock.now + .seconds(120)
    return try await NodeConnection.with(socket: rig.folder + "/run/vmsupervisor.sock") { node in
      var most = 0
      var before: Set<String> = []
      while ContinuousClock.now < limit {
        let vms = try await node.call("list VMs") { try await node.daemon.listVMs(.init(), options: $0) }.vms
        let starting = Set(vms.filter { $0.lifecycleState == "starting" && $0.pid != 0 }.map(\.incarnation))
        // A listing takes its time; those that are in two that follow each other were there in between, together.
        most = max(most, starting.intersection(before).count)
        before = starting
        if vms.count(where: { $0.lifecycleState == "running" }) == count { return most }
        try await Task.sleep(for: .milliseconds(2))
      }
      throw Failure(.timeout, operation: "start VMs", cause: "not all run in time")
    }
  }
}
