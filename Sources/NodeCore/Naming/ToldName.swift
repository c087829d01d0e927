package import IPC

/// What a VM is called in the network of its first network card.
package struct ToldName: Hashable, Sendable {
  package var vm: VMIdentity
  package var network: String
  /// One label; empty for none.
  package var name: String

  package init(vm: VMIdentity, network: String, name: String) {
    self.vm = vm
    self.network = network
    self.name = name
  }

  /// Nil for a VM that has no port by which DNS could know it.
  init?(_ record: Record, label: String) {
    guard let port = record.ports.first(where: { $0.nic == 0 }), !label.isEmpty else { return nil }
    self.init(vm: record.identity, network: port.network, name: label)
  }
}
