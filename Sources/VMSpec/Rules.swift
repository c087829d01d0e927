import IPC
import IPCNames
import Linux
import Text

/// The rule of each value, in one place for whoever reads a document and whoever changes a specification.
enum Rules {
  static let vcpus = IntegerRule(SpecLimits.vcpus)
  static let memory = SizeRule(range: SpecLimits.memory, step: Size.mebi, example: "512MiB")
  static let diskSize = SizeRule(range: SpecLimits.diskSize, step: 512, example: "10GiB")
  static let throughput = SizeRule(range: SpecLimits.rate, step: 1, example: "100MiB")
  static let bandwidth = SizeRule(range: SpecLimits.rate, step: 1, example: "10MiB")
  static let iops = IntegerRule(SpecLimits.iops)
  static let vncPort = IntegerRule(SpecLimits.vncPort)
  static let port = IntegerRule(1...Int(UInt16.max))
  static let attempts = IntegerRule(SpecLimits.attempts)
  static let backoff = SecondsRule(SpecLimits.backoff)
  static let resetAfter = SecondsRule(SpecLimits.resetAfter)
  static let healthTimeout = SecondsRule(SpecLimits.healthTimeout)
  static let threshold = IntegerRule(SpecLimits.threshold)
  static let grace = SecondsRule(SpecLimits.grace)
  static let cpu = ThousandthsRule(range: SpecLimits.cpu, example: "1.5")
  static let weight = IntegerRule(SpecLimits.weight)
  static let memoryOverhead = SizeRule(range: SpecLimits.memoryOverhead, step: Size.mebi, example: "256MiB")
  static let tasks = IntegerRule(SpecLimits.tasks)

  static let labelValue = TextRule(most: SpecLimits.labelValue)
  static let cmdline = TextRule(most: SpecLimits.cmdline)
  static let commandWord = TextRule(most: SpecLimits.path)
  static let seed = TextRule(most: SpecLimits.seed, isFile: true)

  static let bootOrder = CountRule(most: BootDevice.allCases.count)
  static let disks = CountRule(most: SpecLimits.disks)
  static let nics = CountRule(most: SpecLimits.nics)
  static let cdroms = CountRule(most: SpecLimits.cdroms)
  static let commandWords = CountRule(most: SpecLimits.commandWords)
  static let sshKeys = CountRule(most: SpecLimits.sshKeys)
  static let domains = CountRule(most: NamesLimits.domains)
  static let ranges = CountRule(most: NetdLimits.ranges)
  static let forwards = CountRule(most: NetdLimits.forwards)

  /// A letter, then letters, digits, `-`, `_`, `.`.
  static func name(_ text: String) -> BrokenRule? {
    if let broken = TextRule(most: 1024).broken(text) { return broken }
    func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) }
    let isName =
      text.utf8.first.map(isLetter) == true && text.utf8.count <= SpecLimits.nameLength
      && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "-_.".utf8.contains($0) }
    return isName
      ? nil
      : BrokenRule(
        "`\(text)` is not a name: a letter comes first, then letters, digits, `-`, `_` or `.`, 63 at most",
        remedy: "write a name such as web1")
  }

  static func path(_ text: String) -> BrokenRule? {
    text.isEmpty
      ? BrokenRule("the path is empty", remedy: "write a path or remove the key")
      : TextRule(most: SpecLimits.path).broken(text)
  }

  static func httpPath(_ text: String) -> BrokenRule? {
    if let broken = TextRule(most: SpecLimits.path).broken(text) { return broken }
    return text.hasPrefix("/") && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
      ? nil : BrokenRule("`\(text)` is not the path of a request", remedy: "write a path such as /healthz")
  }

  static func address(_ text: String) -> BrokenRule? {
    if let broken = TextRule(most: 64).broken(text) { return broken }
    guard let octets = IPv4Text.octets(text), IPv4Text.isHost(octets) else {
      return BrokenRule("`\(text)` is not an IPv4 address of a host", remedy: "write one such as 10.100.0.17")
    }
    return nil
  }

  /// What netd makes of IPv4 addresses itself begins with 02:50 for guests and bridges, with fe:50 for TAPs.
  static func mac(_ text: String) -> BrokenRule? {
    if let broken = TextRule(most: 64).broken(text) { return broken }
    let remedy = "write one such as 52:54:00:12:34:56, or leave it out to get the slot's own"
    guard let mac = MAC.parse(text), mac != 0 else {
      return BrokenRule("`\(text)` is not a hardware address: six bytes with colons between them", remedy: remedy)
    }
    if mac >> 40 & 1 == 1 {
      return BrokenRule("`\(text)` is the address of a group: the first byte of a card's is even", remedy: remedy)
    }
    return [0x0250, 0xfe50].contains(mac >> 32)
      ? BrokenRule("`\(text)` begins as those do that follow from an IPv4 address, 02:50 or fe:50", remedy: remedy)
      : nil
  }

  static func domain(_ text: String) -> BrokenRule? {
    if let broken = TextRule(most: NamesLimits.domain + 3).broken(text) { return broken }
    guard IPv4.parse(text) == nil else {
      return BrokenRule("`\(text)` is an address, not a domain", remedy: "write it in allowedAddresses")
    }
    return DomainName.canonical(text) != nil
      ? nil
      : BrokenRule(
        "`\(text)` is not a domain: labels of letters, digits and inner hyphens with dots between them",
        remedy: "write one such as example.com, which stands for everything below it too")
  }

  static func sshKey(_ text: String) -> BrokenRule? {
    if let broken = TextRule(most: SpecLimits.sshKey).broken(text) { return broken }
    return text.split(separator: " ").count >= 2
      ? nil
      : BrokenRule(
        "is not a public key in the form of authorized_keys", remedy: "write a line such as ssh-ed25519 AAAA… me@here")
  }

  static func hostName(_ text: String) -> BrokenRule? {
    if let broken = TextRule(most: 253).broken(text) { return broken }
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    let fits = labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.utf8.allSatisfy {
          (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x2d
        }
    }
    return fits
      ? nil : BrokenRule("`\(text)` is not a host name (RFC 1123)", remedy: "write a name such as web1")
  }
}
