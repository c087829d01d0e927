import Foundation
import Glibc
import Linux
import Testing

@testable import NodeCore

/// Starts that hang in files, and what they hold.
@Suite struct StartTicketTests {
  @Test func oneThatIsInFilesCanBeGivenUpOnce() throws {
    let ticket = StartTicket()
    let cell = DescriptorCell(try Files.open("/dev/null", O_RDWR))
    ticket.hold([cell])
    #expect(!ticket.abandon(), "it goes on by itself")
    #expect(ticket.enterFiles() && ticket.abandon() && ticket.isAbandoned)
    var isOpen = false
    cell.peek { _ in isOpen = true }
    #expect(!isOpen, "what the next attempt needs is closed")
    #expect(!ticket.commit() && !ticket.leaveFiles() && !ticket.enterFiles() && !ticket.abandon())
  }

  @Test func oneThatIsOverHoldsNothing() throws {
    let ticket = StartTicket()
    let cells = [
      DescriptorCell(try Files.open("/dev/null", O_RDWR)), DescriptorCell(try Files.open("/dev/null", O_RDWR)),
    ]
    ticket.hold(cells)
    // The hypervisor has got this one.
    _ = cells[0].take()
    ticket.letGo()
    for cell in cells { cell.peek { _ in Issue.record("it is still open") } }
  }

  @Test func oneThatMakesAProcessIsWaitedFor() {
    let ticket = StartTicket()
    #expect(ticket.enterFiles() && ticket.commit() && !ticket.abandon() && ticket.leaveFiles())
  }

  @Test func whoWaitsForAPlaceCanLeaveTheQueue() async throws {
    let gate = StartGate(limit: 1)
    let (first, second) = (StartTicket(), StartTicket())
    await gate.enter()
    let left = Task { await gate.enter(ObjectIdentifier(first)) }
    try await eventually("it waits") { await gate.queued == 1 }
    let stays = Task { await gate.enter(ObjectIdentifier(second)) }
    try await eventually("both wait") { await gate.queued == 2 }
    await gate.withdraw(ObjectIdentifier(first))
    #expect(await left.value == false)
    await gate.leave()
    #expect(await stays.value)
    #expect(await gate.busy == 1)
    #expect(await gate.queued == 0)
  }
}

extension GuestTests {
  /// A frozen file system lets nobody make a file, and no thread out of that.
  @Test func aStartThatHangsInAFileSystemTakesNobodysPlace() async throws {
    try await Rig.run(concurrentStarts: 1) { rig in
      await rig.supervisor.stop()
      let frozen = try FrozenDisk(rig.image("frozen"))
      defer { frozen.remove() }
      try await rig.startSupervisor()
      let disk = "disks: [{path: \(frozen.folder)/new.raw, size: 1MiB}]"
      await rig.ok("create", "-f", "-", input: "name: hangs\nmemory: 16MiB\n\(disk)\n")
      try frozen.freeze()
      let start = Task { await rig.cli("start", "hangs") }
      try await eventually("it makes its disk") { await rig.status("hangs").state == "starting" }
      await rig.ok("kill", "hangs")
      #expect(await start.value.status != 0)
      #expect(["stopped", "failed"].contains(await rig.status("hangs").state))
      // The only place is free, and the VM can go.
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("other"))
      await rig.ok("delete", "hangs")
      try frozen.thaw()
      await rig.ok("kill", "other")
      await rig.supervisor.stop()
      try await rig.startSupervisor()
      #expect(await rig.ok("status", "--output", "name") == "other\n")
      await rig.supervisor.stop()
    }
  }
}
