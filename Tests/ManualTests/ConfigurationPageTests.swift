import Configuration
import Foundation
import Testing

@testable import NodeCore
@testable import VMSpec
@testable import NetworkPlan
@testable import netdns

/// Every key that a program knows is in its manual and in the file that is installed, and no other.
@Suite struct ConfigurationPageTests {
  static let programs: [(name: String, rules: [ConfigurationRule])] = [
    ("netd", NetdSettings.rules), ("netdns", netdns.Settings.rules), ("vmsupervisor", NodeCore.Settings.rules),
  ]

  /// The keys of a file below each section, those of lines that are commented out too.
  private func keys(in text: String) -> [String: Set<String>] {
    var section = ""
    var keys: [String: Set<String>] = [:]
    for line in text.split(separator: "\n") {
      let line = line.hasPrefix("#") ? line.dropFirst() : line
      if line.hasPrefix("["), line.hasSuffix("]") {
        section = line.dropFirst().dropLast().split(separator: " ").first.map(String.init) ?? ""
      } else if let sign = line.firstIndex(of: "="), line[..<sign].allSatisfy({ $0.isLetter || $0.isNumber }) {
        keys[section, default: []].insert(String(line[..<sign]))
      }
    }
    return keys
  }

  @Test(arguments: ["netd", "netdns", "vmsupervisor"])
  func theManualHasEveryKey(program: String) throws {
    let rules = try #require(Self.programs.first { $0.name == program }).rules
    let page = try ManualPage("\(program).conf.5")
    for rule in rules {
      let section = rule.isLabelled ? "[\(rule.section) NAME]" : "[\(rule.section)]"
      #expect(page.keys(section).sorted() == rule.keys.sorted(), "\(program).conf(5), \(section)")
    }
    #expect(Set(page.items.keys.filter { $0.hasPrefix("[") }).count == rules.count)
  }

  @Test(arguments: ["netd", "netdns", "vmsupervisor"])
  func theInstalledFileHasEveryKey(program: String) throws {
    let rules = try #require(Self.programs.first { $0.name == program }).rules
    let text = try ManualPage.text("packaging/\(program).conf")
    let keys = keys(in: text)
    for rule in rules where !["User", "Group"].contains(rule.section) {
      #expect(keys[rule.section] == Set(rule.keys), "packaging/\(program).conf, [\(rule.section)]")
    }
    // What a user may have and what a group may have is the same.
    for rule in rules where rule.section == "User" {
      #expect(keys["User", default: []].union(keys["Group", default: []]) == Set(rule.keys))
    }
    // A comment stands above each block of keys.
    var before: Substring = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.contains("="), !line.hasPrefix("#") { #expect(!before.isEmpty, "\(program).conf: \(line)") }
      before = line
    }
  }

  @Test func theInstalledFilesAreTheDefaults() throws {
    func file(_ name: String) throws -> ConfigurationFile {
      try ConfigurationFile.parse(try ManualPage.text("packaging/\(name)"), name: name)
    }
    var empty = "\(try NetdSettings(ConfigurationFile(empty: "none"), .numbers))"
    // The group counts only where it exists.
    empty = empty.replacing("socketGroup: nil", with: "socketGroup: Optional(\"procurator\")")
    #expect("\(try NetdSettings(file("netd.conf"), .numbers))" == empty)
    #expect(
      "\(try netdns.Settings(file("netdns.conf")))" == "\(try netdns.Settings(ConfigurationFile(empty: "none")))")
    let folder = FileManager.default.temporaryDirectory.appending(path: "conf-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let nothing = folder.appending(path: "empty.conf").path
    try "".write(toFile: nothing, atomically: false, encoding: .utf8)
    let installed = try NodeCore.Settings.load(ManualPage.root.appending(path: "packaging/vmsupervisor.conf").path)
    #expect("\(installed)" == "\(try NodeCore.Settings.load(nothing))")
  }

  @Test func theDocumentOfAVMHasEveryKey() throws {
    let page = try ManualPage("procurator-vm.5")
    func words<Key: RawRepresentable<String> & CaseIterable>(_: Key.Type) -> [String] { Key.allCases.map(\.rawValue) }
    let parts: [(section: String, keys: [String])] = [
      ("boot", words(SpecKeys.Boot.self)), ("disks", words(SpecKeys.Disk.self)),
      ("nics", words(SpecKeys.NIC.self) + words(SpecKeys.Forward.self) + words(SpecKeys.Bandwidth.self)),
      ("cdroms", words(SpecKeys.CDROM.self)), ("cloudInit", words(SpecKeys.CloudInit.self)),
      ("restart", words(SpecKeys.Restart.self)), ("health", words(SpecKeys.Health.self)),
      ("limits", words(SpecKeys.Limits.self)),
    ]
    for (section, keys) in parts {
      #expect(page.keys(section).sorted() == keys.sorted(), "procurator-vm(5), \(section)")
    }
    #expect((page.keys("The machine") + parts.map(\.section)).sorted() == words(SpecKeys.Root.self).sorted())
  }
}
