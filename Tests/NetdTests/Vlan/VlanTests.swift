import Foundation
import Testing

extension RealNetd {
  /// netd on a kernel with VLANs, whichever kernel this machine has: a small machine of Debian's, made by `make guest`, in
  /// which `vlanhosts` makes two hosts of namespaces, runs netd in them, and says what holds.
  @Suite(.enabled(if: Machine.exists, "needs make guest, or its images in PROCURATOR_GUEST, and QEMU for x86-64"))
  struct VlanTests {
    @Test(.timeLimit(.minutes(4)))
    func twoHostsShareVLANsOverOneWire() throws {
      let machine = try Machine(programs: ["netd", "vlanhosts"])
      defer { machine.remove() }
      let lines = try machine.run("/bin/vlanhosts", seconds: 120)
      let held = lines.filter { $0.hasPrefix("PASS ") }
      for line in lines where line.hasPrefix("FAIL ") { Issue.record("\(line)") }
      // What was said last, and that none of it was lost on the serial line.
      let end = lines.last { $0.hasPrefix("DONE ") }
      #expect(end == "DONE \(held.count)" && held.count >= 80, "\(lines.suffix(30).joined(separator: "\n"))")
    }
  }
}
