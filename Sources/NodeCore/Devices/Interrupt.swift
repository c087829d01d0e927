package import Failure

extension VirtualMachine {
  /// Raises a non-maskable interrupt on every processor of the guest, as the button of a server does. What the guest does
  /// then is its own affair: nothing, a dump of what hangs, a panic. A paused one has it when it is resumed.
  package func injectNMI() async throws(Failure) {
    let operation = "inject NMI"
    guard let machine else { throw state.noMachine(operation) }
    try await machine.injectNMI()
    tell("non-maskable interrupt injected")
  }
}
