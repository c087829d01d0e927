import Configuration
import IPC
import Linux
import VMSpec

@testable import NetworkPlan

/// Short texts with a meaning: what is read and written out again means the same, and mostly is the same.
enum NameInputs {
  /// Each says what is wrong with the way it reads a text. A new one is one line here.
  static let readers: [@Sendable (String) -> String?] = [
    { text in Tag(text).flatMap { Tag($0.text) == $0 ? nil : "the tag means another thing when written" } },
    { text in VMIdentity(text).flatMap { $0.text == text.lowercased() ? nil : "a UUID became \($0.text)" } },
    { text in IPv4.parse(text).flatMap { IPv4.text($0) == text ? nil : "an address became \(IPv4.text($0))" } },
    { text in IPv4.subnet(text).flatMap { same("\(IPv4.text($0.base))/\($0.prefix)", text) } },
    { text in DomainName.canonical(text).flatMap { DomainName.canonical($0) == $0 ? nil : "\($0) is not canonical" } },
    { text in IPv6Address(text).flatMap { IPv6Address($0.text) == $0 ? nil : "an address became \($0.text)" } },
    { text in PortRange(text).flatMap { $0.contains($0.first) && $0.contains($0.last) ? nil : "\($0) is empty" } },
    { text in layout.slot(tap: text).flatMap { same(layout.tap($0), text) } },
    { text in Duration(configuration: text).flatMap { $0 < .zero ? "a time span is negative" : nil } },
  ]

  static func fault(_ input: UnsafeRawBufferPointer) -> String? {
    let text = String(decoding: input, as: UTF8.self)
    for reader in readers { if let fault = reader(text) { return fault } }
    return nil
  }

  private static func same(_ written: String, _ read: String) -> String? {
    written == read ? nil : "it became \(written)"
  }

  private static let layout: Layout = {
    let text = "[Network default]\n[Network lab]\nSubnet=10.101.0.0/24\nBridge=br-lab\nTapPrefix=p\n"
    let settings = try? NetdSettings(ConfigurationFile.parse(text, name: "f.conf"), .numbers)
    return Layout(settings?.networks ?? [])
  }()
}
