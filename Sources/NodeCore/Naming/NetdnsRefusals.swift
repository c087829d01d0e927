import Failure
import IPC

/// What netdns does not take of what it was told on a new connection. A value: no I/O.
struct NetdnsRefusals: Sendable {
  var names: [ToldName: Failure] = [:]
  var lists: [NetdnsFacts.ToldList: Failure] = [:]

  var isEmpty: Bool { names.isEmpty && lists.isEmpty }

  mutating func merge(_ later: NetdnsRefusals) {
    names.merge(later.names) { $1 }
    lists.merge(later.lists) { $1 }
  }

  /// By the VM that it is about, as far as it is still wanted.
  func byVM(_ facts: NetdnsFacts) -> [VMIdentity: Failure] {
    guard !isEmpty else { return [:] }
    var all: [VMIdentity: Failure] = [:]
    for (key, list) in facts.lists {
      if let why = lists[list] { all[key.vm] = why }
    }
    for name in facts.names.values {
      if let why = names[name] { all[name.vm] = why }
    }
    return all
  }
}
