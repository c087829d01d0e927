extension DiskSpec.Format {
  /// What the name of an image is usual for: raw for the extensions of raw images, qcow2 for everything else.
  package static func usual(for path: String?) -> DiskSpec.Format {
    guard let name = path?.split(separator: "/").last, let dot = name.lastIndex(of: ".") else { return .qcow2 }
    return ["raw", "img", "iso", "ext4", "bin"].contains(name[dot...].dropFirst().lowercased()) ? .raw : .qcow2
  }
}
