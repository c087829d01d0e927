import Foundation
import Linux
import Testing

extension GuestTests.RemoteTests {
  /// Names and hardware addresses as control planes make them, and what a node fills in; each answer beside what can be seen
  /// of it from another side.
  @Test func aPythonClientNamesThings() async throws {
    try await Rig.run { rig in
      try await rig.openNetwork()
      try await rig.caller("control-plane", "plane")
      await rig.boot("inside", extra: "nics: [{network: default}]")
      let result = await rig.peer("names.py", "plane", Rig.schemas, "inside")
      try #require(result.status == 0, "\(result.error) \(result.output)")
      let peer = PeerAnswers(result.output)
      let answer = peer.answer
      func fault(_ what: String, _ code: String, _ words: String, location: SourceLocation = #_sourceLocation) {
        let text = peer.fault(what)
        #expect(text.hasPrefix(code + ": ") && text.contains(words), "\(what): \(text)", sourceLocation: location)
      }
      func list(_ what: String, _ key: String) -> [[String: Any]] { answer(what)[key] as? [[String: Any]] ?? [] }

      let card = answer("card")["nic"] as? [String: Any] ?? [:]
      #expect(card["mac"] as? String == "52:54:00:aa:00:02" && card["id"] as? String == "Karte 1é", "\(card)")
      #expect((answer("card again")["nic"] as? [String: Any])?["nic"] as? Int == card["nic"] as? Int)
      #expect(
        list("with card", "ports").last?["mac"] as? String == "52:54:00:aa:00:02", "\(list("with card", "ports"))")
      fault("taken", "ALREADY_EXISTS", "inside")
      fault("of a group", "INVALID_ARGUMENT", "mac_address")
      fault("no address", "INVALID_ARGUMENT", "mac_address")
      fault("netd's", "INVALID_ARGUMENT", "02:50")

      let name = "Kunde 7 / Büro " + String(repeating: "ß", count: 200)
      let disk = "7b1e5a58-0d6c-4f35-9d5f-2f7f2f1f0c11"
      #expect((answer("made")["message"] as? String)?.contains("the empty drive cdrom-0") == true, "\(answer("made"))")
      #expect((answer("made again")["message"] as? String)?.contains("exists just so") == true)
      fault("same name", "ALREADY_EXISTS", "exists already")
      let own = answer("named")["ownName"] as? String ?? ""
      #expect(answer("named")["name"] as? String == name && own.hasPrefix("kunde-7-b-ro-"), "\(answer("named"))")
      let disks = list("named", "diskSpecs")
      #expect(
        disks.map { $0["id"] as? String } == [disk, "Ärger #2"] && disks[0]["sizeGib"] as? String == "2", "\(disks)")
      #expect(list("named", "cdroms").map { $0["name"] as? String } == ["cdrom-0"])
      #expect(list("running", "diskSpecs").map { $0["id"] as? String } == [disk])
      let port = list("running", "ports").first ?? [:]
      #expect(port["id"] as? String == "nic-1700000000000000000", "\(port)")
      #expect(port["mac"] as? String == "52:54:00:aa:00:01", "\(port)")
      #expect(list("list", "vms").contains { $0["name"] as? String == name && $0["ownName"] as? String == own })
      fault("taken later", "ALREADY_EXISTS", "kunde-7-b-ro-")
      fault("too long", "INVALID_ARGUMENT", "255")
      fault("control", "INVALID_ARGUMENT", "control character")
      fault("twice", "INVALID_ARGUMENT", "disks[1].id")

      // From the other side: the hypervisor, the kernel's name of the port, the image, and our own commands.
      let status = await rig.status(own)
      #expect(status.state == "running" && status.fields["name"] as? String == own)
      let words = try Files.readText("/proc/\(status.pid)/cmdline").split(separator: "\0")
      #expect(words.contains { $0.contains("52:54:00:aa:00:01") }, "\(words)")
      let tap = port["tap"] as? String ?? ""
      let link = await rig.inNetwork("ip", "-details", "link", "show", tap).output
      #expect(link.contains(":0:km:525400aa0001"), "\(link)")
      let image = list("running", "diskSpecs").first?["path"] as? String ?? ""
      #expect(image.contains("/disk-\(disk)-") && Files.exists(image), "the image is called after the disk: \(image)")
      #expect(await rig.ok("status").contains(own))

      #expect(
        (answer("usual")["message"] as? String)
          == "created with a network card on the network default and the empty drive cdrom-0", "\(answer("usual"))")
      #expect(list("usual status", "cdroms").map { $0["name"] as? String } == ["cdrom-0"])
      func ports(_ vm: String) -> [[String: Any]] {
        let id = answer(vm)["vmId"] as? String ?? "nobody"
        return list("ports", "ports").filter { ($0["vmId"] as? String) == id }
      }
      #expect(ports("usual").map { $0["networkId"] as? String } == ["default"])
      #expect(
        ports("bare").isEmpty && list("bare status", "cdroms").isEmpty
          && answer("bare")["message"] as? String == "created")
      #expect(ports("bridged").map { $0["networkId"] as? String } == ["second"], "\(list("ports", "ports"))")
      fault("other bridge", "FAILED_PRECONDITION", "br-second (network second)")
      fault("other bridge of a card", "FAILED_PRECONDITION", "virbr0")

      // All of it is there after a restart of netd and of the supervisor, and of the VM.
      await rig.supervisor.stop()
      try await rig.startSupervisor()
      #expect(await rig.status(own).fields["id"] as? String == status.id)
      #expect(await rig.status(name).fields["id"] as? String == status.id, "it is found by what others call it")
      await rig.ok("kill", own)
      await rig.ok("start", own)
      let again = await rig.status(own)
      let later = try Files.readText("/proc/\(again.pid)/cmdline")
      #expect(again.pid != status.pid && later.contains("52:54:00:aa:00:01"), "\(later)")
      for vm in [own, "usual", "bare", "bridged"] { await rig.ok("delete", vm, "--force") }
    }
  }
}
