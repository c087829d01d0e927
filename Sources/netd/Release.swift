/// The version of this program; the one place that says it.
enum Release {
  static let version = "0.1.0"
}
