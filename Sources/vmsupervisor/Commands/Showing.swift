import Failure

extension GlobalOptions {
  /// Writes a result in the format that was asked for.
  ///
  /// - Parameters:
  ///   - value: the result for programs.
  ///   - table: the result for people; made only if it is shown.
  ///   - names: the names alone, one a line.
  func show(
    _ value: some Encodable, table: @autoclosure () -> String, names: @autoclosure () -> String
  ) throws(Failure) {
    let text: String
    switch format {
    case .table: text = table()
    case .name: text = names()
    case .json, .yaml: text = try Document.text(value, format) ?? ""
    }
    try Standard.output.write(text)
  }

  /// Writes a remark that is no result, unless `--quiet`.
  func remark(_ sentence: String) {
    if !quiet { Complaint.write(sentence) }
  }

  /// Writes what a VM that was just started has to be warned of; what its host cannot do in one line.
  func remarkWarnings(of vm: VMView) {
    for sentence in vm.troubles + [vm.weakness].compactMap(\.self) { remark("\(vm.name): \(sentence)") }
  }
}

extension NodeCommand {
  /// Does one thing to each of several VMs at the same time and reports in the order they were named.
  ///
  /// - Parameters:
  ///   - vms: as the user named them.
  ///   - done: what is then true of the VM, for the report.
  func each(
    of vms: [String], done: String, _ action: @escaping @Sendable (String) async throws -> Void
  ) async throws -> CommandStatus {
    let ends = await withTaskGroup(of: (Int, Failure?).self, returning: [Failure?].self) { group in
      for (index, vm) in vms.enumerated() {
        group.addTask {
          do {
            try await action(vm)
            return (index, nil)
          } catch {
            return (index, Self.failure(of: error))
          }
        }
      }
      var ends = [Failure?](repeating: nil, count: vms.count)
      for await (index, failure) in group { ends[index] = failure }
      return ends
    }
    let outcomes = zip(vms, ends).map { vm, failure in
      ActionView.Outcome(vm: vm, done: failure == nil ? done : nil, failure: failure.map(FailureView.init))
    }
    let view = ActionView(results: outcomes)
    try options.show(view, table: view.text(), names: view.names())
    for failure in ends.compactMap(\.self) { Complaint.write(failure) }
    return CommandStatus(
      of: ends.map { $0.map { CommandStatus($0.code, needsRunningVM: Self.needsRunningVM) } ?? .success })
  }
}
