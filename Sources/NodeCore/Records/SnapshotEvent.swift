/// What has become of a snapshot.
package enum SnapshotEvent: String, CaseIterable, Sendable {
  case created, reverted, deleted

  /// How a sentence about it begins.
  var word: String { "snapshot \(rawValue)" }
}
