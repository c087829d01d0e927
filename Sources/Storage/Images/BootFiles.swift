package import Failure
import Glibc
package import Linux

/// Kernels and what comes with them, opened and looked at.
package enum BootFiles {
  package static func kernel(_ path: String) throws(Failure) -> Descriptor {
    let file = try NamedFile.open(path, O_RDONLY, "kernel")
    let head = try NamedFile.read(file.raw, path, KernelImage.length)
    let number = file.raw
    try KernelImage.check(head, path: path) { offset, count in
      // What cannot be read is not there.
      (try? NamedFile.read(number, path, from: offset, count)) ?? []
    }
    return file
  }

  package static func initrd(_ path: String) throws(Failure) -> Descriptor {
    try filled(try NamedFile.open(path, O_RDONLY, "initrd"), path)
  }

  package static func firmware(_ path: String) throws(Failure) -> Descriptor {
    try filled(try NamedFile.open(path, O_RDONLY, "firmware", missing: Self.remedy("FirmwareCode=")), path)
  }

  /// What new variables are a copy of.
  package static func variables(_ path: String) throws(Failure) -> [UInt8] {
    let file = try filled(
      try NamedFile.open(path, O_RDONLY, "firmware variables", missing: Self.remedy("FirmwareVariables=")), path)
    return try NamedFile.read(file.raw, path, 1 << 26)
  }

  package static func remedy(_ key: String) -> String {
    "install the package ovmf, or set \(key) in the supervisor's configuration"
  }

  private static func filled(_ file: consuming Descriptor, _ path: String) throws(Failure) -> Descriptor {
    guard NamedFile.size(file.raw) != 0 else {
      throw ImageHeader.empty(path)
    }
    return file
  }
}
