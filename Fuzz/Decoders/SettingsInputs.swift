import Configuration
import Failure
import IPC
import Linux

@testable import NetworkPlan

/// `netd.conf`: an assignment is what its line says; refusals name file and cause; what is accepted can be used.
enum SettingsInputs {
  static func fault(_ input: UnsafeRawBufferPointer) -> String? {
    guard let text = Subject.text(input) else { return nil }
    do {
      let file = try ConfigurationFile.parse(text, name: "f.conf")
      if let fault = misread(file, text) ?? values(file) { return fault }
      return unusable(try NetdSettings(file, .numbers))
    } catch let failure {
      let isGood = failure.code == .invalid && failure.object.hasPrefix("f.conf") && !failure.cause.isEmpty
      return isGood ? nil : "a refusal without place or cause: \(failure)"
    }
  }

  private static func misread(_ file: ConfigurationFile, _ text: String) -> String? {
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    for entry in file.entries {
      guard lines.indices.contains(entry.line - 1) else { return "line \(entry.line) is not there" }
      let line = lines[entry.line - 1].utf8.drop { isBlank($0) }
      var rest = line.dropFirst(line.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0).drop { isBlank($0) }
      guard rest.starts(with: entry.key.utf8) else { return "\(entry) is not what the line says" }
      rest = rest.dropFirst(entry.key.utf8.count).drop { isBlank($0) }
      guard let sign = rest.popFirst(), [UInt8(ascii: "="), UInt8(ascii: ":")].contains(sign) else {
        return "\(entry) has no sign on its line"
      }
      var value = Array(rest.drop { isBlank($0) })
      while let last = value.last, isBlank(last) { value.removeLast() }
      guard value.starts(with: entry.value.utf8) else { return "\(entry) is not the value of its line" }
      // Behind the value there may be blanks and a comment.
      let behind = value.dropFirst(entry.value.utf8.count)
      let comment = behind.drop { isBlank($0) }
      guard
        comment.isEmpty || comment.first == UInt8(ascii: ";") && (comment.count < behind.count || entry.value.isEmpty)
      else { return "\(entry) is only a part of the value of its line" }
    }
    return nil
  }

  /// isspace(3) in the C locale, without the end of a line.
  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

  /// Reads every assignment as every type there is.
  private static func values(_ file: ConfigurationFile) -> String? {
    for entry in file.entries {
      let section = ConfigurationSection(kind: "Any", file: "f.conf", entries: [entry])
      _ = section.list(entry.key, default: [])
      _ = try? section.flag(entry.key, default: false)
      _ = try? section.choice(entry.key, default: 0, among: [("one", 1), ("two", 2)])
      if let mode = try? section.mode(entry.key, default: 0), mode > 0o777 { return "mode \(mode)" }
      if let count = try? section.count(entry.key, default: 0, in: 0...9), !(0...9).contains(count) {
        return "count \(count)"
      }
      let span = Duration.zero...Duration.seconds(9)
      if let time = try? section.duration(entry.key, default: .zero, in: span), !span.contains(time) {
        return "time span \(time)"
      }
    }
    return nil
  }

  /// Turns the outermost slots of every network round.
  private static func unusable(_ settings: NetdSettings) -> String? {
    let layout = Layout(settings.networks)
    for (index, network) in settings.networks.enumerated() {
      for (shard, host) in [(0, 2), (network.shards - 1, 254)] {
        guard let slot = layout.slot(network: index, shard: shard, host: host) else { return "no slot \(host)" }
        let port = layout.port(slot)
        guard port.tap.utf8.count <= NetdLimits.interfaceName, layout.slot(tap: port.tap) == slot else {
          return "\(port.tap) is not its slot's name"
        }
        guard layout.slot(address: port.address) == slot, layout.slot(mac: port.mac) == slot else {
          return "\(IPv4.text(port.address)) is not its slot's address"
        }
        guard layout.slot(layout.name(slot)) == slot else { return "\(layout.name(slot)) is not its slot" }
      }
    }
    return nil
  }
}
