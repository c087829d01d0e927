package import Failure
package import VMSpec

/// What the beginning of a disk image says (qemu, docs/interop/qcow2.txt).
package enum ImageHeader {
  /// Bytes of the file that `check` wants to see; less if the file is shorter.
  package static let length = ImageKind.length

  /// The format of an image that nobody but its owner writes: qcow2 if it says so, raw otherwise.
  package static func format(of bytes: [UInt8]) -> DiskSpec.Format { ImageKind(bytes) == .qcow2 ? .qcow2 : .raw }

  /// Bytes that a guest sees of a qcow2 image; nil if it is none.
  package static func virtualSize(_ bytes: [UInt8]) -> UInt64? { Qcow2Header(bytes)?.virtualSize }

  /// Refuses an image that is not of its format, is broken, or would make QEMU open further files by name.
  ///
  /// A header names its backing file freely: without this check an image of one user could name the disk of another.
  /// - Parameters:
  ///   - bytes: the first `length` bytes of the file.
  ///   - size: bytes of the file; nil for what is no file.
  ///   - isGuessed: the format is what the file's name is usual for. An image that says another is refused then: a guest
  ///     that gets one as it is destroys it with its first write. What a guest itself has written never makes a format.
  ///   - isLayer: it may name another image, because QEMU is told of that one by descriptor and does not read the name.
  package static func check(
    _ bytes: [UInt8], size: UInt64? = nil, format: DiskSpec.Format, isGuessed: Bool = false, path: String,
    isLayer: Bool = false
  ) throws(Failure) {
    let kind = ImageKind(bytes)
    func refusal(_ cause: String, _ remedy: String) -> Failure { Self.refusal(path, cause, remedy) }
    if kind == .empty { throw empty(path) }
    switch format {
    case .raw:
      guard isGuessed, kind != .other else { return }
      let asItIs = "write format: raw to give the guest the file as it is"
      let remedy = kind == .qcow2 ? "write format: qcow2" : kind.remedy(path)
      throw refusal("it is \(kind.words), though its name says raw", "\(remedy); or \(asItIs)")
    case .qcow2:
      guard kind == .qcow2 else {
        let remedy = kind.remedy(path)
        throw refusal(
          "it is not a qcow2 image" + (kind == .other ? "" : ", it is \(kind.words)"),
          remedy.isEmpty ? "write format: raw if it holds a disk as it is, or name another image" : remedy)
      }
      guard let header = Qcow2Header(bytes) else {
        throw refusal("it is a qcow2 image of which the header itself is cut off", ImageKind.empty.remedy(path))
      }
      try header.check(path: path, fileSize: size, isLayer: isLayer)
    }
  }

  /// Refuses an image below a disk, or a medium, that would reach the guest as something that it cannot read.
  package static func checkReadOnly(_ bytes: [UInt8], path: String, mayBeQcow2: Bool) throws(Failure) {
    let kind = ImageKind(bytes)
    guard kind != .other, !(kind == .qcow2 && mayBeQcow2) else { return }
    let remedy = kind.remedy(path)
    throw refusal(
      path, "it is \(kind.words)", remedy.isEmpty ? "name the image of a CD or DVD (ISO 9660, UDF)" : remedy)
  }

  /// Refuses a file of 0 bytes.
  package static func empty(_ path: String) -> Failure {
    refusal(path, "it is \(ImageKind.empty.words)", ImageKind.empty.remedy(path))
  }

  package static func refusal(_ path: String, _ cause: String, _ remedy: String) -> Failure {
    Failure(.invalid, operation: "check image", object: path, cause: cause, remedy: remedy)
  }
}
