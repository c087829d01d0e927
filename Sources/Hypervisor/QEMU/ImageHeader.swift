public import Failure

/// What the first bytes of a disk image say (qemu, docs/interop/qcow2.txt).
public enum ImageHeader {
  /// Bytes of the file that `check` wants to see; less if the file is shorter.
  public static let length = 104

  /// Refuses an image that is not of its format, or that would make QEMU open further files by name.
  ///
  /// A header names its backing file freely: without this check an image of one user could name the disk of another.
  /// - Parameter bytes: the first `length` bytes of the file.
  public static func check(_ bytes: [UInt8], format: DiskSpec.Format, path: String) throws(Failure) {
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
    if number(8, 8) != 0 { throw refusal("it builds on another image (backing file)", flat) }
    // Incompatible feature bit 2: the data is in another file. Version 2 has no such field.
    if number(4, 4) == 3, bytes.count >= 80, number(72, 8) & 4 != 0 {
      throw refusal("its data is in another file (data_file)", flat)
    }
  }
}
