import Failure
import Linux

/// How many descriptors the listeners may have together, so that guests, starts and tools never want for one: without any
/// left the runtime's own threads would end the process.
package enum DescriptorBudget {
  /// With fewer the supervisor does not start: its own files and a few guests need those.
  package static let least = 256
  /// Connections of the operators' socket on a host that has enough.
  package static let operators = 512
  /// Of the readers' socket.
  package static let readers = 64
  /// Of the network.
  package static let network = 256

  /// The shares of the listeners of `most` descriptors: a quarter of all at most.
  package static func shares(of most: Int) -> (operators: Int, readers: Int, network: Int) {
    let quarter = max(16, most / 4)
    let readers = min(readers, max(8, quarter / 8))
    let network = min(network, max(8, quarter / 4))
    return (min(operators, quarter - readers - network), readers, network)
  }

  /// Descriptors of `most` that no start and no connection of others than root takes: what runs needs some now and then.
  static func spare(of most: Int) -> Int { min(128, most / 8) }

  /// Why nothing that lasts may be opened now; nil if there is room.
  package static func shortage(used: Int, most: Int) -> String? {
    used + spare(of: most) > most ? "the supervisor has about \(used) of \(most) files open" : nil
  }

  /// - Throws: `.exhausted` if `object` would take what others need.
  static func checkRoom(_ operation: String, _ object: String) throws(Failure) {
    let (used, most) = Descriptor.usage()
    guard most > 0, let why = shortage(used: Int(used), most: Int(most)) else { return }
    throw Failure(
      .exhausted, part: .supervisor, operation: operation, object: object, cause: why,
      remedy: "end other VMs or clients, or raise LimitNOFILE= of its unit")
  }
}
