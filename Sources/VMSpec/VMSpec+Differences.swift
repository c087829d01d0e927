extension VMSpec {
  /// The keys of the document whose values are not the same in `other`, in their order.
  package func differences(from other: VMSpec) -> [String] {
    // By reflection: a key that comes later is not forgotten.
    zip(Mirror(reflecting: self).children, Mirror(reflecting: other).children).compactMap { mine, theirs in
      (mine.value as? AnyHashable) == (theirs.value as? AnyHashable) ? nil : mine.label
    }
  }
}
