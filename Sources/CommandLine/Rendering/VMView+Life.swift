extension VMView {
  /// `starts again in 4 s`; nil if it does not.
  var nextStart: String? { nextRestartSeconds.map { "starts again in \($0) s" } }

  /// `unhealthy by http: 10.100.0.2:80 answers with status 503`; empty if nobody asks.
  var healthWords: String {
    guard !healthCheck.isEmpty, healthCheck != "none" else { return "" }
    // A guest that does not run is not asked.
    guard pid != 0, !health.isEmpty else { return "checked by \(healthCheck)" }
    let words = "\(health) by \(healthCheck)"
    guard let healthFailure else { return words }
    return "\(words): \(healthFailure.cause)" + (healthOutput.map { ": \($0)" } ?? "")
  }

  /// `onFailure; started 3 times by itself; starts again in 4 s, attempt 4`
  var restartWords: String {
    guard !restartPolicy.isEmpty else { return "" }
    var parts = [restartPolicy]
    if restarts > 0 { parts.append("started \(restarts) time\(restarts == 1 ? "" : "s") by itself") }
    if let nextStart { parts.append(restartAttempt > 0 ? "\(nextStart), attempt \(restartAttempt)" : nextStart) }
    return parts.joined(separator: "; ")
  }
}
