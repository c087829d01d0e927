import ArgumentParser

/// How much of the past.
enum ConsoleHistory: Hashable, Sendable, ExpressibleByArgument {
  /// As much as the supervisor keeps for that.
  case all
  case lines(UInt32)

  init?(argument: String) {
    switch argument {
    case "all": self = .all
    case "none": self = .lines(0)
    default:
      guard let count = UInt32(argument) else { return nil }
      self = .lines(count)
    }
  }
}
