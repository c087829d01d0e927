extension DiskSpec.Format {
  /// The layout that the name of an image tells: the usual extensions of raw images; everything else is taken for qcow2.
  package static func usual(for path: String?) -> DiskSpec.Format { SpecRules.format(ofPath: path) }
}
