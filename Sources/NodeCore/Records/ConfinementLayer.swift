package import Failure
package import IPCPeer

/// What became of one layer of a hypervisor's confinement.
package struct ConfinementLayer: Codable, Hashable, Sendable {
  /// The layer's name.
  package var name: String
  package var isOn: Bool
  /// Which form of it is on, such as `ABI 7`; else why it is not.
  package var detail: String

  /// `landlock (ABI 7)`.
  package var words: String { detail.isEmpty || !isOn ? name : "\(name) (\(detail))" }
}

extension [ConfinementLayer] {
  /// What vmlaunch reports, and what it did not even try though it was expected.
  init(_ report: LaunchReport, expected: [LaunchLayer]) {
    self = report.layers.compactMap { state in
      LaunchLayer(rawValue: state.layer).map {
        ConfinementLayer(name: $0.name, isOn: state.isOn, detail: state.detail)
      }
    }
    for layer in expected where !contains(where: { $0.name == layer.name }) {
      append(ConfinementLayer(name: layer.name, isOn: false, detail: "it was not tried"))
    }
  }

  /// One for each layer that is missed.
  package func warnings(expected: [LaunchLayer]) -> [Warning] {
    expected.compactMap { layer in
      guard let state = first(where: { $0.name == layer.name }), !state.isOn else { return nil }
      return Warning(
        id: "layer.\(layer.name)", part: .confinement, cause: "confined without \(layer.name): \(state.detail)",
        remedy: layer.remedy, isLasting: true)
    }
  }
}
