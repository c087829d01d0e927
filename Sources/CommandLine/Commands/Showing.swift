import Failure

extension OutputOptions {
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
    if !quiet { Diagnostic.write(sentence) }
  }
}

extension GlobalOptions {
  /// Writes a result in the format that was asked for, as `OutputOptions` does.
  func show(
    _ value: some Encodable, table: @autoclosure () -> String, names: @autoclosure () -> String
  ) throws(Failure) {
    try shown.show(value, table: table(), names: names())
  }

  /// Writes a remark that is no result, unless `--quiet`.
  func remark(_ sentence: String) { shown.remark(sentence) }

  /// Writes what a VM that was just started has to be warned of; what its host cannot do in one line.
  func remarkWarnings(of vm: VMView) {
    for sentence in vm.troubles.map(\.sentence) + [vm.weakness].compactMap(\.self) { remark("\(vm.name): \(sentence)") }
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
    let ends = await withTaskGroup(of: GuestEnd.self, returning: [GuestEnd.End].self) { group in
      for (index, vm) in vms.enumerated() {
        group.addTask {
          do {
            return GuestEnd(index, .success(try await action(vm)))
          } catch {
            return GuestEnd(index, .failure(Self.failure(of: error)))
          }
        }
      }
      var ends = [GuestEnd.End](repeating: .success(nil), count: vms.count)
      for await one in group { ends[one.index] = one.end }
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
          Diagnostic.write(failure)
          return CommandStatus(failure.code, needsRunningVM: Self.needsRunningVM)
        }
      })
  }
}

/// What became of the command for one VM. A class: as a tuple in the group it was read wrongly after the last one by what
/// the optimiser of Swift 6.3.1 makes of it.
private final class GuestEnd: Sendable {
  typealias End = Result<FailureView?, Failure>

  /// Place in the command.
  let index: Int
  let end: End

  init(_ index: Int, _ end: End) {
    self.index = index
    self.end = end
  }
}
