import Foundation
import Linux
import Testing

/// Network cards that come and go while a guest runs.
extension GuestTests {
  @Test func networkCardsComeAndGo() async throws {
    try await Rig.run { rig in
      await rig.boot("cards", extra: "nics: [{network: default}]")
      let shown = await rig.ok("nic", "attach", "cards", "--network", "second", "--address", "10.101.0.77")
      #expect(shown.contains("10.101.0.77"), "\(shown)")
      try await eventually("the guest has a second card") {
        await rig.inGuest("cards", "cat /sys/class/net/eth1/address").hasPrefix("02:")
      }
      await rig.ok(
        "exec", "cards", "--", "sh", "-c", "ip addr add 10.101.0.77/24 dev eth1; ip link set eth1 up")
      try await eventually("it answers") {
        await rig.inNetwork("ping", "-n", "-c", "1", "-W", "1", "10.101.0.77").status == 0
      }
      #expect(await rig.ok("nic", "attach", "cards", "--output", "name") == "2\n")
      // Rules of a card that came hold for it, by its number.
      await rig.ok("network", "cards", "--nic", "2", "--isolate")

      // The one in the middle goes: nobody is renumbered, and its address is free for others.
      await rig.ok("nic", "detach", "cards", "1")
      try await eventually("the guest has lost it") {
        await rig.inGuest("cards", "ls /sys/class/net") == "eth0\neth2\nlo\n"
      }
      #expect(await rig.cli("nic", "detach", "cards", "1").status == 4)
      try await eventually("its port is free") { await !rig.ok("ports").contains("10.101.0.77") }
      let kept = await rig.ok("network", "cards", "--nic", "2")
      let fixed = await rig.cli("nic", "detach", "cards", "0")
      #expect(fixed.status == 1 && fixed.error.contains("part of the board"), "\(fixed.error)")
      let nowhere = await rig.cli("nic", "attach", "cards", "--network", "nowhere")
      #expect(nowhere.status != 0 && nowhere.error.contains("nowhere"), "\(nowhere.error)")

      // The next start: the same numbers and addresses.
      let address = await rig.status("cards").address
      await rig.ok("kill", "cards")
      await rig.ok("start", "cards")
      await rig.ok("wait", "cards", "--state", "agent", "--timeout", "90")
      #expect(await rig.status("cards").address == address)
      #expect(await rig.ok("network", "cards", "--nic", "2") == kept)
      #expect(await rig.inGuest("cards", "ls /sys/class/net") == "eth0\neth1\nlo\n")
      await rig.ok("nic", "attach", "cards", "--network", "second", "--address", "10.101.0.77", "--output", "name")
      await rig.ok("stop", "cards")
      // One that does not run loses cards too, also the one it was made with.
      for number in ["0", "1", "2"] { await rig.ok("nic", "detach", "cards", number) }
      try await eventually("all its ports are free") { await !rig.ok("ports").contains("cards") }
    }
  }
}
