package import Life

/// Hands what a part of a VM has seen to the VM's inbox, and waits until it was taken.
package typealias Observe = @Sendable (Event) async -> Void
