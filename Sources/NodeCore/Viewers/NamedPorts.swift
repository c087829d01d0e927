import Failure
import Synchronization
import VMSpec

/// Ports that VMs name for their screens, running or not: nobody else is given one of them.
package final class NamedPorts: Sendable {
  private let named = Mutex<[String: (name: String, port: Int)]>([:])

  package init() {}

  /// Takes the port that a VM names, if it names one.
  /// - Throws: that another VM has it, or that there are no such ports here.
  func claim(_ spec: VMSpec, id: String, _ settings: VNCSettings?) throws(Failure) {
    let refusal: Failure? = named.withLock { named in
      let others = named.filter { $0.key != id }.values
      do throws(Failure) {
        try VNCSettings.check(
          spec, settings, others: Dictionary(others.map { ($0.name, $0.port) }, uniquingKeysWith: { first, _ in first })
        )
      } catch { return error }
      if let port = spec.vncPort { named[id] = (spec.name, port) }
      return nil
    }
    if let refusal { throw refusal }
  }

  /// Those of VMs that are recorded.
  func restore(_ records: [Record]) {
    named.withLock { named in
      for record in records { if let port = record.spec.vncPort { named[record.id] = (record.spec.name, port) } }
    }
  }

  func release(_ id: String) { named.withLock { $0[id] = nil } }

  /// All of them.
  var all: Set<Int> { named.withLock { Set($0.values.map(\.port)) } }
}
