/// What the guest starts from.
public enum Boot: Sendable, Hashable {
  /// A kernel that QEMU loads itself.
  case kernel(KernelBoot)
  /// Firmware that looks for a boot loader on the disks.
  case firmware(Firmware)
}

/// Firmware of a board that boots from disk.
public enum Firmware: String, Codable, Sendable, Hashable, CaseIterable {
  /// SeaBIOS, built into QEMU.
  case bios
  /// OVMF, with its variables kept per VM.
  case uefi
}

/// A kernel that QEMU loads itself.
public struct KernelBoot: Sendable, Hashable {
  /// Path of the kernel image.
  public var kernel: String
  /// Path of the initial RAM file system.
  public var initrd: String?
  /// Kernel command line as the user wrote it.
  public var cmdline: String?

  /// Makes a direct boot.
  public init(kernel: String, initrd: String? = nil, cmdline: String? = nil) {
    self.kernel = kernel
    self.initrd = initrd
    self.cmdline = cmdline
  }
}

extension Boot: Codable {
  private enum CodingKeys: String, CodingKey { case kernel, initrd, cmdline, firmware }

  /// Reads the document form; a `kernel` makes it a direct boot.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    if let kernel = try values.decodeIfPresent(String.self, forKey: .kernel) {
      self = .kernel(
        KernelBoot(
          kernel: kernel, initrd: try values.decodeIfPresent(String.self, forKey: .initrd),
          cmdline: try values.decodeIfPresent(String.self, forKey: .cmdline)))
    } else {
      self = .firmware(try values.decode(Firmware.self, forKey: .firmware))
    }
  }

  /// Writes the document form.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .kernel(let boot):
      try values.encode(boot.kernel, forKey: .kernel)
      try values.encodeIfPresent(boot.initrd, forKey: .initrd)
      try values.encodeIfPresent(boot.cmdline, forKey: .cmdline)
    case .firmware(let firmware):
      try values.encode(firmware, forKey: .firmware)
    }
  }
}
