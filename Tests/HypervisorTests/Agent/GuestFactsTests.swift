import Foundation
import Testing

@testable import Hypervisor
@testable import Text

/// What a guest says of itself, however much and whatever it is.
@Suite struct GuestFactsTests {
  @Test func whatLinuxTellsIsRead() {
    let load = GuestLoad(
      uptime: "123.45 99.0\n", averages: "0.50 0.25 0.10 1/80 123\n",
      memory: "MemTotal:  100 kB\nMemFree: 3 kB\nMemAvailable:  40 kB\nSwapTotal: 0 kB\nHugePages_Total:       0\n")
    #expect(load.uptime == 123.45 && load.averages == [0.5, 0.25, 0.1])
    #expect(load.memoryTotal == 102400 && load.memoryAvailable == 40960 && load.swapTotal == 0 && load.swapFree == nil)
  }

  @Test func nonsenseIsLeftOut() {
    let load = GuestLoad(
      uptime: "nan", averages: "1 -2 3",
      memory: "MemTotal: 99999999999999999999 kB\nMemAvailable: 9223372036854775807 kB")
    #expect(load.uptime == nil && load.averages.isEmpty && load.memoryTotal == nil && load.memoryAvailable == nil)
  }

  @Test func everythingIsBounded() {
    var facts = GuestFacts(time: Date(timeIntervalSince1970: 0))
    let long = String(repeating: "ä", count: 1000)
    facts.take(system: ["name": .string(long), "version": "1\n2", "kernel-release": .string(long)])
    #expect(facts.system.utf8.count <= 256 && facts.release == "1" && facts.kernel.utf8.count <= 256)
    let address = GuestInterface.Address(address: long, prefix: 1, isIPv6: false)
    let card = GuestInterface(name: long, mac: long, addresses: Array(repeating: address, count: 999))
    facts.take(Array(repeating: card, count: 999))
    #expect(facts.interfaces.count == 32 && facts.interfaces.allSatisfy { $0.addresses.count == 16 })
    #expect(facts.interfaces.allSatisfy { $0.name.utf8.count <= 256 && $0.addresses[0].address.utf8.count <= 256 })
    facts.take(Array(repeating: GuestFileSystem(mount: long, device: long, kind: long), count: 200))
    #expect(facts.fileSystems.count == 64 && facts.fileSystems[0].mount.utf8.count <= 256)
    facts.take(GuestAgentInfo(version: long, commands: Set((0..<999).map { "\($0)\(long)" })))
    #expect(facts.agent.commands.count <= 256 && facts.agent.version.utf8.count <= 256)
  }

  /// What callers say is never text of a script.
  @Test func placesAreArguments() throws {
    let program = GuestProgram("printf", arguments: ["a b", "$(x)"])
    let place = GuestProgramPlace(folder: "/a'b", user: "$(u)")
    let wrapped = place.wrap(program)
    #expect(wrapped.path == "sh" && wrapped.arguments[2...3] == ["sh", "/a'b"])
    #expect(wrapped.arguments[4...8] == ["su", "-s", "/bin/sh", "-c", #"exec "$0" "$@""#])
    #expect(wrapped.arguments.suffix(5) == ["--", "$(u)", "printf", "a b", "$(x)"])
    #expect(GuestProgramPlace().wrap(program) == program)
  }
}
