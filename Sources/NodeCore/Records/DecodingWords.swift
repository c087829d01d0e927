extension DecodingError {
  /// What is wrong with a file of ours that could not be decoded, in words of the file: its keys, and what stands there.
  package var words: String {
    switch self {
    case .keyNotFound(let key, let context):
      "\(Self.place(context.codingPath + [key])) is missing"
    case .valueNotFound(_, let context):
      "\(Self.place(context.codingPath)) has no value"
    case .typeMismatch(_, let context):
      "\(Self.place(context.codingPath)) is of another kind than it should be"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "it is not whole, or something in it is damaged"
        : "\(Self.place(context.codingPath)) has a value that is not known"
    @unknown default: "it is not in the form that this release writes"
    }
  }

  /// `spec.disks[0].size`.
  private static func place(_ path: [any CodingKey]) -> String {
    path.reduce(into: "") { text, key in
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        text += (text.isEmpty ? "" : ".") + key.stringValue
      }
    }
  }
}
