import Failure
import Hypervisor
import Logging

/// What every VM of a host shares.
struct Surroundings: Sendable {
  let settings: Settings
  let store: RecordStore
  let netd: NetdLink
  let facts: HostFacts
  let gate: StartGate
  let log: Logger

  var paths: Paths { settings.paths }
}
