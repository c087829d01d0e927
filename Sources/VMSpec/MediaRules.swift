import Failure

/// The rules of what a guest reads: CD drives and the seed of cloud-init.
extension SpecRules {
  static func cdroms(_ value: ValueReader) throws(Failure) -> [CDROMSpec] {
    var drives: [CDROMSpec] = []
    for (index, entry) in try value.list(limit: SpecLimits.cdroms).enumerated() {
      let fields = try entry.fields(SpecKeys.CDROM.self)
      let drive = CDROMSpec(name: try fields[.name].map(name), path: try fields[.path].map(path))
      let name = drive.effectiveName(at: index)
      for (earlier, other) in drives.enumerated() where other.effectiveName(at: earlier) == name {
        throw entry.refusal(
          "the name `\(name)` is that of cdroms[\(earlier)] already", remedy: "give each drive a name of its own")
      }
      drives.append(drive)
    }
    return drives
  }

  static func cloudInit(_ value: ValueReader) throws(Failure) -> CloudInitSpec {
    let fields = try value.fields(SpecKeys.CloudInit.self)
    var keys: [String] = []
    for entry in try fields[.sshKeys]?.list(limit: SpecLimits.sshKeys) ?? [] {
      let key = try entry.string(limit: SpecLimits.sshKey)
      guard key.split(separator: " ").count >= 2 else {
        throw entry.refusal(
          "is not a public key in the form of authorized_keys", remedy: "write a line such as ssh-ed25519 AAAA… me@here"
        )
      }
      keys.append(key)
    }
    let seed = CloudInitSpec(
      userData: try fields[.userData]?.text(limit: SpecLimits.seed),
      metaData: try fields[.metaData]?.text(limit: SpecLimits.seed),
      networkConfig: try fields[.networkConfig]?.text(limit: SpecLimits.seed),
      vendorData: try fields[.vendorData]?.text(limit: SpecLimits.seed), sshKeys: keys,
      hostname: try fields[.hostname].map(hostName))
    if let stray = fields[.sshKeys], seed.userData != nil, !keys.isEmpty {
      throw stray.refusal(
        "userData says everything about the user, so keys beside it would be lost",
        remedy: "put them into userData as ssh_authorized_keys, or remove userData")
    }
    return seed
  }

  private static func hostName(_ value: ValueReader) throws(Failure) -> String {
    let text = try value.string(limit: 253)
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    let fits = labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.utf8.allSatisfy {
          (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x2d
        }
    }
    guard fits else {
      throw value.refusal("`\(text)` is not a host name (RFC 1123)", remedy: "write a name such as web1")
    }
    return text
  }
}
