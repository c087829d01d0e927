import Configuration
import Failure
import Foundation
import Testing

@testable import NetworkPlan

@Suite struct ConfigurationTests {
  private func refusal(_ body: () throws -> Void) -> Failure? {
    do { try body() } catch let failure as Failure { return failure } catch { Issue.record("\(error)") }
    return nil
  }

  @Test func sectionsKeysAndPlacesAreRead() throws {
    let text = """
      # a comment
      [Netd]
      Socket=/run/x.sock
        Grace = 2min 500ms

      ; another
      [Network lab]
      Subnet=10.9.0.0/24
      [Network default]
      Shards=2
      """
    let file = try ConfigurationFile.parse(text, name: "f.conf")
    let netd = file.section("Netd")
    #expect(netd.text("Socket") == "/run/x.sock")
    #expect(netd.entry("Grace")?.line == 4)
    #expect(try netd.duration("Grace", default: .zero, in: .zero ... .seconds(600)) == .milliseconds(120_500))
    #expect(file.sections(named: "Network").map(\.label) == ["lab", "default"])
    #expect(try file.sections(named: "Network")[1].count("Shards", default: 1, in: 1...9) == 2)
  }

  @Test func dropInsComeInOrderAndReplaceAllButLists() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("conf-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let main = folder.appendingPathComponent("a.conf")
    let extra = folder.appendingPathComponent("a.conf.d")
    try FileManager.default.createDirectory(at: extra, withIntermediateDirectories: true)
    try "[S]\nKey=1\nList=a b\n".write(to: main, atomically: true, encoding: .utf8)
    try "[S]\nKey=3\nList=d\n".write(to: extra.appendingPathComponent("20-b.conf"), atomically: true, encoding: .utf8)
    try "[S]\nKey=2\nList=c\n".write(to: extra.appendingPathComponent("10-a.conf"), atomically: true, encoding: .utf8)
    try "[S]\nKey=9\n".write(to: extra.appendingPathComponent("30.off"), atomically: true, encoding: .utf8)
    let section = try ConfigurationFile.load(main.path).section("S")
    #expect(section.text("Key") == "3")
    #expect(section.list("List", default: []) == ["a", "b", "c", "d"])
    #expect(section.entry("Key")?.file.hasSuffix("a.conf.d/20-b.conf") == true)
    try "[S]\nList=\nList=z\n".write(to: extra.appendingPathComponent("40.conf"), atomically: true, encoding: .utf8)
    #expect(try ConfigurationFile.load(main.path).section("S").list("List", default: []) == ["z"])
    #expect(refusal { _ = try ConfigurationFile.load(folder.path + "/none.conf") }?.code == .notFound)
    #expect(try ConfigurationFile.load(folder.path + "/none.conf", optional: true).entries.isEmpty)
  }

  @Test(arguments: [
    ("[Netd]\nSokcet=/x\n", "f.conf:2: Sokcet=", "did you mean Socket=?"),
    ("[Nted]\nSocket=/x\n", "f.conf:2: Socket=", "did you mean Netd?"),
    ("[Netd]\nGrace=5 apples\n", "f.conf:2: Grace=", "500ms"),
    ("[Netd]\nGrace=1ms\n", "f.conf:2: Grace=", "outside"),
    ("[Netd]\nSocketMode=0666\n", "f.conf:2: SocketMode=", "everybody"),
    ("[Netd]\nSocketMode=9\n", "f.conf:2: SocketMode=", "octal"),
    ("[Netd]\nSpare=many\n", "f.conf:2: Spare=", "whole number"),
    ("[Netd]\nDevices=kmv\n", "f.conf:2: Devices=", "did you mean kvm?"),
    ("[Netd]\nSocket=relative\n", "f.conf:2: Socket=", "absolute"),
    ("[Network]\nSubnet=10.0.0.0/16\n", "f.conf:2: Subnet=", "needs a name"),
    ("[Netd x]\nSpare=1\n", "f.conf:2: Spare=", "takes no name"),
    ("[Network lab]\nShards=1\n", "f.conf: [Network lab] Subnet=", "missing"),
    ("[Network lab]\nSubnet=10.0.0.1/16\n", "f.conf:2: Subnet=", "behind its prefix"),
    ("[Network lab]\nSubnet=10.0.0.0/25\n", "f.conf:2: Subnet=", "/24"),
    ("[Network lab]\nSubnet=10.0.0.0/23\nShards=3\n", "f.conf:3: Shards=", "holds 2"),
    ("[Network lab]\nSubnet=10.0.0.0/16\nShards=11\n", "Bridge=", "15 bytes"),
    ("[Network lab]\nSubnet=10.0.0.0/16\nTapPrefix=waytoolongname\n", "f.conf:3: TapPrefix=", "15 bytes"),
    ("[Network lab]\nSubnet=10.0.0.0/16\nTapPrefix=tap1\n", "f.conf:3: TapPrefix=", "digit"),
    ("[Network lab]\nSubnet=10.0.0.0/16\nBridge=a/b\n", "f.conf:3: Bridge=", "letters"),
    ("[Network lab]\nSubnet=10.0.0.0/16\nMTU=100\n", "f.conf:3: MTU=", "outside"),
    (
      "[Network a]\nSubnet=10.0.0.0/8\n[Network b]\nSubnet=10.7.0.0/16\nBridge=x\nTapPrefix=x\n", "f.conf:4: Subnet=",
      "overlaps"
    ),
    ("[Network a]\nSubnet=10.1.0.0/16\n[Network b]\nSubnet=10.7.0.0/16\nBridge=x\n", "TapPrefix=", "has the same"),
    ("[Network a]\nSubnet=10.1.0.0/16\n[Network b]\nSubnet=10.7.0.0/16\nTapPrefix=x\n", "Bridge=", "is taken"),
    ("Socket=/x\n", "f.conf:1:", "before any"),
    ("[Netd]\nnonsense\n", "f.conf:2", "neither"),
    ("[Netd]\nSocket=\(String(repeating: "x", count: 300))\n", "f.conf:2", "bytes"),
  ])
  func badInputNamesItsPlaceAndTheRemedy(_ text: String, _ place: String, _ words: String) throws {
    let failure = try #require(
      refusal { _ = try NetdSettings(ConfigurationFile.parse(text, name: "f.conf"), .numbers) })
    #expect(failure.code == .invalid)
    #expect(failure.object.contains(place), "\(failure)")
    #expect(failure.description.contains(words), "\(failure)")
  }

  @Test func withoutAFileThereIsADefault() throws {
    let settings = try NetdSettings(ConfigurationFile(empty: "f.conf"), .numbers)
    #expect(settings.networks.map(\.name) == ["default"] && settings.networks[0].shards == 4)
    #expect(settings.grace == .seconds(5) && settings.devices == [.kvm, .vhostNet])
  }

  @Test func timeSpans() {
    for (text, milliseconds) in [("5", 5000), ("5s", 5000), ("500ms", 500), ("2min", 120_000), ("1h 1s", 3_601_000)] {
      #expect(Duration(configuration: text) == .milliseconds(milliseconds), "\(text)")
    }
    for text in ["", " ", "s", "5x", "-5s", "5..", "99999999999999999999s", "9223372036854775807h"] {
      #expect(Duration(configuration: text) == nil, "\(text)")
    }
  }
}
