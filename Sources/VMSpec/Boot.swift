/// What the guest starts from.
package enum Boot: Sendable, Hashable {
  /// A kernel that QEMU loads itself.
  case kernel(KernelBoot)
  /// Firmware that looks for a boot loader on the disks.
  case firmware(Firmware)
}

/// Firmware of a board that boots from disk.
package enum Firmware: String, Codable, Sendable, Hashable, CaseIterable {
  /// SeaBIOS, built into QEMU.
  case bios
  /// OVMF, with its variables kept per VM.
  case uefi
}

/// A kernel that QEMU loads itself.
package struct KernelBoot: Sendable, Hashable {
  /// Path of the kernel image.
  package var kernel: String
  /// Path of the initial RAM file system.
  package var initrd: String?
  /// Kernel command line as the user wrote it.
  package var cmdline: String?

  /// Makes a direct boot.
  package init(kernel: String, initrd: String? = nil, cmdline: String? = nil) {
    self.kernel = kernel
    self.initrd = initrd
    self.cmdline = cmdline
  }
}

extension Boot: Codable {
  /// Reads the document form; a `kernel` makes it a direct boot.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: SpecKeys.Boot.self)
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
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: SpecKeys.Boot.self)
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
