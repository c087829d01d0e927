package import Text

/// A device of the guest, described once: the command line takes it as JSON (`-device`, QEMU 6.2 and later), a running
/// QEMU as the arguments of `device_add`. Both are the same object of QAPI (`qdev.json`).
package struct QEMUDevice: Hashable, Sendable {
  /// The properties, the driver and the id among them. None is a number with a fraction.
  package private(set) var properties: [String: JSON]

  /// - Parameters:
  ///   - driver: its model, as `-device help` lists it.
  ///   - id: nil for what nobody asks for again.
  package init(_ driver: String, id: String? = nil, _ properties: [String: JSON] = [:]) {
    self.properties = properties
    self.properties["driver"] = .string(driver)
    if let id { self.properties["id"] = .string(id) }
  }

  /// The same with more properties.
  package func with(_ more: [String: JSON]) -> QEMUDevice {
    var device = self
    device.properties.merge(more) { $1 }
    return device
  }

  /// What `device_add` takes.
  package var arguments: JSON { .object(properties) }

  /// What `-device` takes, keys in order.
  package var text: String {
    // Only a number that is not finite cannot be written, and no property has a fraction.
    guard let bytes = try? arguments.bytes() else { preconditionFailure("a property of a device is no finite number") }
    return String(decoding: bytes, as: UTF8.self)
  }
}
