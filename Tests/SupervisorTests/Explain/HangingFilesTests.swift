import Failure
import Glibc
import Linux
import Testing

@testable import NodeCore

/// Looks at files whose file system does not answer.
@Suite struct FileLooksTests {
  @Test func whatHangsIsSaidAndHoldsNobodyElse() async throws {
    let looks = FileLooks()
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let number = ends[0]
    func hang(_ owner: String) async -> Failure? {
      let result = await looks.look(for: owner, within: .milliseconds(50)) { look in
        look.enter("/srv/\(owner)")
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, -1)
      }
      do throws(Failure) { try result.get() } catch { return error }
      return nil
    }
    let first = try #require(await hang("web"))
    #expect(first.object == "/srv/web" && first.code == .timeout && first.cause.contains("has not answered"))
    // It is not asked again, and others are.
    let again = try #require(await hang("web"))
    #expect(again.object == "/srv/web" && again.cause.contains("an earlier look still waits"), "\(again)")
    #expect(try await looks.look(for: "other") { _ in 7 }.get() == 7)
    // So many threads, and no more.
    for number in 1..<FileLooks.mostLate { #expect(await hang("vm\(number)") != nil) }
    let last = try #require(await hang("last"))
    #expect(last.cause.contains("looks at the files of \(FileLooks.mostLate) others hang"), "\(last)")
    try Files.writeAll([1], to: ends[1])
    try await eventually("all have come back") {
      guard case .success(7) = await looks.look(for: "web", { _ in 7 }) else { return false }
      return true
    }
  }
}

extension GuestTests {
  @Test func anExplanationThatHangsInAFileSystemHoldsNobodyElse() async throws {
    try await Rig.run { rig in
      await rig.supervisor.stop()
      let silent = try SilentDisk(rig.image("silent"))
      defer { silent.remove() }
      try await rig.startSupervisor()
      let path = silent.folder + "/data.raw"
      await rig.ok("create", "-f", "-", input: "name: hangs\nmemory: 16MiB\ndisks: [{path: \(path), size: 1MiB}]\n")
      await rig.ok("create", "-f", "-", "--start", input: rig.bareSpec("other"))
      let hanging = Task { await rig.explain("hangs") }
      #expect(await rig.explain("other").summary.hasPrefix("other is running"))
      let first = try #require(await hanging.value.reasons(in: "disk").first)
      #expect(first.object == path && first.cause.contains("has not answered for 3 s"), "\(first)")
      #expect(first.cause.contains("were not looked at") && first.remedy.contains("/proc/mounts"), "\(first)")
      let again = try #require(await rig.explain("hangs").reasons(in: "disk").first)
      #expect(again.object == path && again.cause.contains("an earlier look still waits"), "\(again)")
      #expect(await rig.explain("hangs").summary.contains("a start would fail now"))
      let room = await rig.doctor()["space.images"]
      #expect(room?.level == "warn" && room?.found.contains("has not answered") == true, "\(String(describing: room))")
      #expect(await rig.explain("other").summary.hasPrefix("other is running"))
      // What comes back is looked at again.
      silent.end()
      try await eventually("it is looked at") {
        await rig.explain("hangs").reasons(in: "disk").allSatisfy { !$0.cause.contains("not looked at") }
      }
    }
  }
}
