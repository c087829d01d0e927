package import Failure

/// The name of the file of an image that is fetched.
package enum ImageName {
  /// Ends by which a file is an image, and how the guest gets it.
  package static let ends = ["qcow2", "raw", "img", "iso"]

  /// Refuses what no image can be called.
  package static func check(_ name: String, _ operation: String) throws(Failure) {
    try StorageName.check(name, "filename", operation)
    let end = name.split(separator: ".").last.map(String.init) ?? ""
    if name.contains("."), ends.contains(end) { return }
    let isPacked = ["gz", "xz", "zst", "bz2", "zip", "7z", "tgz"].contains(end)
    throw Failure(
      .invalid, part: .image, operation: operation, object: "filename `\(name)`",
      cause: isPacked ? "it is packed, and nothing is unpacked here" : "an image ends with .qcow2, .raw, .img or .iso",
      remedy: isPacked ? "fetch an image that is not packed" : "say how it is to be called: IMAGE.qcow2, if it is one")
  }
}
