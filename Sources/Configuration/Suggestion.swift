import Failure

/// Finds the name that somebody probably meant.
public enum Suggestion {
  /// The nearest of `known`, if it is near enough to be a slip of the finger.
  public static func nearest(_ word: String, among known: [String]) -> String? {
    let ranked = known.map { (name: $0, distance: EditDistance.between(word.lowercased(), $0.lowercased())) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, best.name.count / 3) ? best.name : nil
  }

  /// "did you mean X?" or else the list of what there is.
  public static func sentence(_ word: String, among known: [String], suffix: String = "") -> String {
    if let nearest = nearest(word, among: known) { return "did you mean \(nearest)\(suffix)?" }
    return "known are " + known.map { $0 + suffix }.joined(separator: ", ")
  }
}
