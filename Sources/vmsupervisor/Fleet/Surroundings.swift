import Failure
import Hypervisor
import Logging

/// What every VM of a host shares.
struct Surroundings: Sendable {
  let settings: Settings
  let store: RecordStore
  let netd: NetdLink
  let facts: HostFacts
  let hypervisor: HypervisorBinary
  let confinement: HostConfinement
  let gate: StartGate
  let holders: ImageHolders
  let limits: HostLimits
  let events: EventLog
  /// What VMs use; they say there when they change.
  let metrics: MetricsBoard
  let log: Logger
  /// What is wrong with the host itself.
  let troubles: HostTroubles
  /// Which VM has which name in DNS.
  let names = NameRegistry()
  /// Looks at files that may hang.
  let looks = FileLooks()
  /// Who serves names to guests, as it was found last.
  let naming = NamingBoard()

  var paths: Paths { settings.paths }
}
