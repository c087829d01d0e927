import Failure
package import Hypervisor
package import Logging
package import Storage

/// What every VM of a host shares.
package struct NodeContext: Sendable {
  package let settings: Settings
  package let store: RecordStore
  package let netd: NetdLink
  /// Where names and domain lists are said.
  package let netdns: NetdnsLink
  package let facts: HostFacts
  package let backend: any Backend
  package let host: any HypervisorHost
  package let confinement: HostConfinement
  package let gate: StartGate
  package let holders: ImageHolders
  package let limits: HostLimits
  package let events: EventLog
  /// What VMs use; they say there when they change.
  package let metrics: MetricsBoard
  package let log: Logger
  /// What is wrong with the host itself.
  package let troubles: HostTroubles
  /// Folders in which volumes and images are kept.
  package let pools: Pools
  /// Images that come into them.
  package let downloads: Downloads
  /// Which VM has which name in DNS.
  package let names = NameRegistry()
  /// Ports that VMs name for their screens.
  package let ports = NamedPorts()
  /// Looks at files that may hang.
  package let looks = FileLooks()
  /// Who serves names to guests, as it was found last.
  package let naming = NamingBoard()

  package init(
    settings: Settings, store: RecordStore, netd: NetdLink, facts: HostFacts, backend: any Backend,
    host: any HypervisorHost,
    confinement: HostConfinement, gate: StartGate, holders: ImageHolders, limits: HostLimits, events: EventLog,
    metrics: MetricsBoard, log: Logger, troubles: HostTroubles
  ) {
    self.settings = settings
    self.store = store
    self.netd = netd
    netdns = NetdnsLink(path: settings.netdnsSocket)
    self.facts = facts
    self.backend = backend
    self.host = host
    self.confinement = confinement
    self.gate = gate
    self.holders = holders
    self.limits = limits
    self.events = events
    self.metrics = metrics
    self.log = log
    self.troubles = troubles
    pools = Pools(
      settings.paths, roots: settings.poolRoots,
      PoolTools(launcher: settings.launcher, isStrict: settings.strict, confinement), holders, events, log)
    downloads = Downloads(settings.paths, pools, settings.fetch)
  }

  package var paths: Paths { settings.paths }
}
