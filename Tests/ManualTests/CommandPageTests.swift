import ArgumentParser
import Foundation
import Testing

@testable import vmsupervisor

/// `vmsupervisor(1)` and the completions are what the program itself says of its commands.
@Suite struct CommandPageTests {
  /// What the program says of one command.
  private struct Description: Decodable {
    struct Argument: Decodable {
      struct Name: Decodable { var kind: String, name: String }
      var names: [Name]?
      var long: [String] { (names ?? []).filter { $0.kind == "long" }.map(\.name) }
    }
    struct Whole: Decodable { var command: Description }
    var commandName: String
    var arguments: [Argument]?
    var subcommands: [Description]?
  }

  private func commands() throws -> [(name: String, options: Set<String>)] {
    func below(_ command: Description, _ path: [String]) -> [(name: String, options: Set<String>)] {
      (command.subcommands ?? []).filter { $0.commandName != "help" }.flatMap { sub in
        let path = path + [sub.commandName]
        let own = (path.joined(separator: " "), Set((sub.arguments ?? []).flatMap(\.long)))
        // A command with commands below it does nothing itself.
        let deeper = below(sub, path)
        return deeper.isEmpty ? [own] : deeper
      }
    }
    return below(
      try JSONDecoder().decode(Description.Whole.self, from: Data(VMSupervisor._dumpHelp().utf8)).command, [])
  }

  private func options(in items: [String]) -> Set<String> {
    Set(items.flatMap { $0.split(separator: " ") }.filter { $0.hasPrefix("-") }.map { String($0.dropFirst()) })
  }

  @Test func theManualHasEveryCommandAndOption() throws {
    let page = try ManualPage("vmsupervisor.1")
    let commands = try commands()
    #expect(commands.count > 30)
    let common = options(in: page.items[""] ?? [])
    for (name, known) in commands {
      let own = options(in: try #require(page.items[name], "vmsupervisor(1) has no section \(name)"))
      if name == "daemon" { continue }
      // They talk to no daemon.
      let shared = name.hasPrefix("tls ") ? common.subtracting(["host", "socket"]) : common
      #expect(own.union(shared) == known, "vmsupervisor(1), \(name)")
    }
    #expect(Set(page.items.keys).subtracting(commands.map(\.name)) == [""])
  }

  @Test(arguments: ["bash/vmsupervisor", "zsh/_vmsupervisor", "fish/vmsupervisor.fish"])
  func completionsAreThoseOfTheProgram(file: String) throws {
    let shell = try #require(CompletionShell(rawValue: String(file.prefix { $0 != "/" })))
    let committed = try ManualPage.text("packaging/completions/\(file)")
    #expect(
      committed.trimmingCharacters(in: .whitespacesAndNewlines)
        == VMSupervisor.completionScript(for: shell).trimmingCharacters(in: .whitespacesAndNewlines),
      "make build && scripts/completions")
  }
}
