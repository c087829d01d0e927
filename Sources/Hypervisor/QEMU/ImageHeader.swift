public import Failure

/// What the first bytes of a disk image say (qemu, docs/interop/qcow2.txt).
public enum ImageHeader {
  /// Bytes of the file that `check` wants to see; less if the file is shorter.
  public static let length = 104

  /// The format of an image that nobody but its owner writes: qcow2 if it says so, raw otherwise.
  public static func format(of bytes: [UInt8]) -> DiskSpec.Format {
    bytes.starts(with: [0x51, 0x46, 0x49, 0xfb]) ? .qcow2 : .raw
  }

  /// Bytes that a guest sees of a qcow2 image; nil if it is none.
  public static func virtualSize(_ bytes: [UInt8]) -> UInt64? {
    guard format(of: bytes) == .qcow2, bytes.count >= 32 else { return nil }
    return bytes[24..<32].reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Refuses an image that is not of its format, or that would make QEMU open further files by name.
  ///
  /// A header names its backing file freely: without this check an image of one user could name the disk of another.
  /// - Parameters:
  ///   - bytes: the first `length` bytes of the file.
  ///   - isLayer: it may name another image, because QEMU is told of that one by descriptor and does not read the name.
  public static func check(
    _ bytes: [UInt8], format: DiskSpec.Format, path: String, isLayer: Bool = false
  ) throws(Failure) {
    guard format == .qcow2 else { return }
    func number(_ offset: Int, _ width: Int) -> UInt64 {
      bytes[offset..<offset + width].reduce(0) { $0 << 8 | UInt64($1) }
    }
    func refusal(_ cause: String, _ cure: String) -> Failure {
      Failure(.invalid, step: "check image", object: path, cause: cause, cure: cure)
    }
    guard bytes.count >= 72, number(0, 4) == 0x5146_49fb, (2...3).contains(number(4, 4)) else {
      throw refusal("it is not a qcow2 image", "set format: raw, or convert it with `qemu-img convert -O qcow2`")
    }
    let flat = "make it whole with `qemu-img convert -O qcow2`"
    if number(8, 8) != 0, !isLayer { throw refusal("it builds on another image (backing file)", flat) }
    // Incompatible feature bit 2: the data is in another file. Version 2 has no such field.
    if number(4, 4) == 3, bytes.count >= 80, number(72, 8) & 4 != 0 {
      throw refusal("its data is in another file (data_file)", flat)
    }
  }
}
