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
    try await eachGuest(of: vms, done: done) { vm in
      try await action(vm)
      return nil
    }
  }

  /// The same for what guests are asked to do.
  ///
  /// - Parameter action: returns that the guest did not obey, and what was done to it then; nil if it did.
  func eachGuest(
    of vms: [String], done: String, _ action: @escaping @Sendable (String) async throws -> FailureView?
  ) async throws -> CommandStatus {
    typealias End = Result<FailureView?, Failure>
    let ends = await withTaskGroup(of: (Int, End).self, returning: [End].self) { group in
      for (index, vm) in vms.enumerated() {
        group.addTask {
          do {
            return (index, .success(try await action(vm)))
          } catch {
            return (index, .failure(Self.failure(of: error)))
          }
        }
      }
      var ends = [End](repeating: .success(nil), count: vms.count)
      for await (index, end) in group { ends[index] = end }
      return ends
    }
    let outcomes = zip(vms, ends).map { vm, end in
      switch end {
      case .success(let cut): ActionView.Outcome(vm: vm, done: done, cut: cut)
      case .failure(let failure): ActionView.Outcome(vm: vm, failure: FailureView(failure))
      }
    }
    let view = ActionView(results: outcomes)
    try options.show(view, table: view.text(), names: view.names())
    return CommandStatus(
      of: ends.map { end in
        switch end {
        case .success(let cut): return cut == nil ? .success : .cut
        case .failure(let failure):
          Complaint.write(failure)
          return CommandStatus(failure.code, needsRunningVM: Self.needsRunningVM)
        }
      })
  }
}
