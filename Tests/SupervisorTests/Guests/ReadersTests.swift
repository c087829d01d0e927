import Failure
import Foundation
import GRPCCore
import Glibc
import Linux
import Testing

@testable import NodeService

/// The socket for looking only.
@Suite struct ReadersTests {
  /// Of what looks, nothing changes anything: every method is one of those that are read here.
  @Test func theListHasNoVerbOfChange() {
    let verbs = [
      "Create", "Start", "Stop", "Reboot", "Pause", "Resume", "Delete", "Attach", "Detach", "Set", "Change", "Resize",
      "Execute", "Write", "Read", "Console", "Logs", "Screen", "Guest", "Sync", "Audit",
    ]
    for method in MethodRights.looking.union(MethodRights.meeting) {
      #expect(!verbs.contains { method.split(separator: "/")[1].contains($0) }, "\(method)")
    }
  }

  @Test func readersHaveAQuota() throws {
    let quota = ReadersQuota()
    var calls: [ReadersQuota.Call] = []
    for _ in 0..<ReadersQuota.atOnce { calls.append(try quota.admit()) }
    #expect(throws: Failure.self) { try quota.admit() }
    calls.removeLast(10)
    for _ in 0..<10 { calls.append(try quota.admit()) }
    calls = []
    let refusal = #expect(throws: Failure.self) {
      for _ in 0...ReadersQuota.perSecond * 3 { _ = try quota.admit() }
    }
    #expect(refusal?.cause.contains("100 times a second") == true)
  }

  /// gRPC lets a handler go on when its caller has left.
  @Test(arguments: [false, true]) func whatNobodyWaitsForEnds(_ hasLeftBefore: Bool) async throws {
    let isOver = try await withServerContextRPCCancellationHandle { handle in
      if hasLeftBefore { handle.cancel() }
      async let work: Bool = whileCalled(handle) {
        do { try await Task.sleep(for: .seconds(3600)) } catch { return true }
        return false
      }
      try await Task.sleep(for: .milliseconds(20))
      handle.cancel()
      return try await work
    }
    #expect(isOver)
  }
}

extension GuestTests {
  @Suite struct ReadersTests {
    @Test func whoMayLookChangesNothing() async throws {
      try await Rig.run { rig in
        try await rig.openReading()
        let socket = rig.readingSocket
        var facts = stat()
        try #require(stat(socket, &facts) == 0)
        #expect(
          facts.st_mode & 0o777 == 0o660 && String(cString: getgrgid(facts.st_gid).pointee.gr_name) == Rig.readers)

        await rig.ok("create", "-f", "-", input: rig.bareSpec("seen"))
        for log in ["console", "hypervisor"] {
          try rig.write("lib/vms/\(await rig.status("seen").id)/\(log).log", "the password is swordfish\n")
        }
        #expect(await rig.reader(["status"], rig.folder + "/run/vmsupervisor.sock").status == 5)
        for words in [["status"], ["status", "seen"], ["ports"], ["capacity"], ["doctor"], ["explain", "seen"]] {
          let result = await rig.reader(words)
          #expect(result.status != 5, "\(words): \(result.error)")
          #expect(!result.output.contains("swordfish"), "\(words): \(result.output)")
        }
        for shown in [await rig.ok("status", "seen"), await rig.ok("explain", "seen")] {
          #expect(shown.contains("swordfish"), "who may operate sees it: \(shown)")
        }
        for words in [
          ["start", "seen"], ["delete", "seen", "--force"], ["logs", "seen"], ["exec", "seen", "--", "true"],
          ["console", "seen"],
        ] {
          let result = await rig.reader(words)
          #expect(result.status == 5 && result.error.contains("for looking only"), "\(words): \(result.error)")
        }
        await rig.ok("delete", "seen")
      }
    }
  }
}
