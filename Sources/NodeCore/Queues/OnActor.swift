/// A part of a VM for those who are not on the VM's actor, such as the watch on a process: what they do with the part is
/// done there.
///
/// `@unchecked Sendable`: it holds two weak references, which any thread may read, and looks into the part in `visit` alone.
/// That is isolated to the actor that made this (`#isolation`), which is the one that the part belongs to: no part leaves
/// its VM. So nobody is in the part beside it.
struct OnActor<Part: AnyObject>: @unchecked Sendable {
  private weak var actor: (any Actor)?
  private weak var part: Part?

  /// - Parameter actor: the one that the part belongs to. Neither is kept by this.
  init(_ part: Part, of actor: (any Actor)?) {
    assert(actor != nil, "a part is used off its actor")
    self.part = part
    self.actor = actor
  }

  /// Does something with the part.
  /// - Returns: what came of it; nil if the VM is gone.
  @discardableResult
  func run<R: Sendable>(_ body: nonisolated(nonsending) @Sendable (Part) async -> R) async -> R? {
    guard let actor else { return nil }
    return await visit(actor, body)
  }

  private func visit<R: Sendable>(
    _ actor: isolated any Actor, _ body: nonisolated(nonsending) @Sendable (Part) async -> R
  ) async -> R? {
    guard let part else { return nil }
    return await body(part)
  }
}
