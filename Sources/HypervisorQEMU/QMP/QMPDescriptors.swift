package import Failure
package import Linux

/// Descriptors that go to a running QEMU: files by sets that `/dev/fdset/N` names, sockets and TAPs by a name.
extension QMPClient {
  /// Makes the set `number` of one open file (`add-fd`). QEMU finds it by its access mode as `/dev/fdset/NUMBER`.
  ///
  /// What an earlier life of ours left in the set goes first: QEMU would take that for the file.
  package func addFile(_ file: consuming Descriptor, set number: Int) async throws(Failure) {
    try await removeFiles(set: number)
    try await execute("add-fd", arguments: ["fdset-id": .integer(Int64(number))], passing: file)
  }

  /// Gives the set up (`remove-fd`); what is in use stays open until it is not. A set that is not there is no error.
  package func removeFiles(set number: Int) async throws(Failure) {
    do {
      try await execute("remove-fd", arguments: ["fdset-id": .integer(Int64(number))])
    } catch {
      guard error.meansNoDescriptor else { throw error }
    }
  }

  /// Hands over a socket or TAP for a command that takes it by name (`getfd`); one of that name is closed.
  package func give(_ descriptor: consuming Descriptor, name: String) async throws(Failure) {
    try await execute("getfd", arguments: ["fdname": .string(name)], passing: descriptor)
  }

  /// Closes what was handed over and not taken (`closefd`). A name that is not there is no error.
  package func closeGiven(_ name: String) async throws(Failure) {
    do {
      try await execute("closefd", arguments: ["fdname": .string(name)])
    } catch {
      guard error.meansNoDescriptor else { throw error }
    }
  }
}
