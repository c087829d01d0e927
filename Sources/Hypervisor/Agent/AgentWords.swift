/// What the agent says in English and in no other way: it has one class of error for nearly everything.
enum AgentWords {
  /// Whether it refuses because file systems are frozen (`ga_set_frozen` of qga/main.c): then it only thaws, and says how
  /// it is.
  static func meansFrozen(_ text: String) -> Bool { text.contains("the agent is in frozen state") }
}
