extension Failure {
  /// The failure for a VM that does not exist. Control planes of the contract recognise it by its message.
  ///
  /// - Parameters:
  ///   - reference: id, name or prefix as the caller wrote it.
  ///   - operation: what was being done, in the infinitive.
  public static func noSuchVM(_ reference: String, operation: String) -> Failure {
    Failure(
      .notFound, operation: operation, object: reference, cause: noSuchVMCause,
      remedy: "`vmsupervisor status` lists the VMs of this host")
  }

  /// By which it is recognised.
  public static let noSuchVMCause = "no such VM"
}
