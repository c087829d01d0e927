/// The parts of a VM, each made with what it needs. Belongs to the VM's actor, which alone has them all.
final class VMParts {
  let images: VMImages
  let ports: VMPorts
  let limits: VMLimits
  let devices: VMDevices
  let screen: VMScreen
  let watcher: RunWatcher
  let health: HealthChecks
  let freezer: GuestFreezer
  let power: GuestPower
  let process: VMProcess
  let start: VMStart
  let adoption: Adoption

  /// - Parameter observe: hands in what they see.
  init(
    _ keeper: RecordKeeper, _ state: VMState, _ reporter: VMReporter, _ waits: VMWaits, _ timers: LifeTimers,
    _ changes: ChangeGate, _ console: ConsoleHub, _ tools: ToolRoom, _ paths: VMPaths, _ node: NodeContext,
    _ observe: @escaping Observe
  ) {
    let (backend, settings, work) = (node.backend, node.settings, WorkQueue())
    images = VMImages(keeper, state, reporter, paths, node.holders, work)
    ports = VMPorts(
      keeper, state, reporter, changes, node.netd, node.netdns, node.names, incarnation: paths.incarnation)
    limits = VMLimits(keeper, state, reporter, changes, node.limits, images, work)
    devices = VMDevices(
      keeper, state, reporter, changes, ports, limits, images, work, paths: paths, holders: node.holders,
      backend: backend, tools: tools, netd: node.netd, names: node.names, waits: waits,
      facts: node.facts, copies: node.pools.tools)
    screen = VMScreen(
      keeper, state, reporter, paths, running: node.paths.running, group: settings.socketGroup,
      mode: settings.socketMode, settings.vnc, ports: node.ports)
    let inquirer = GuestInquirer(keeper, state, reporter)
    watcher = RunWatcher(state, reporter, paths, folder: node.paths.runtime, screen, inquirer)
    health = HealthChecks(keeper, state, reporter, observe)
    let hold = GuestHold(keeper, state, paths, node.looks, observe)
    freezer = GuestFreezer(keeper, state, reporter)
    power = GuestPower(state, reporter, hold, freezer, observe)
    let guest = GuestConnections(
      keeper, state, reporter, paths, backend, console, screen, limits, devices, watcher, health, hold,
      freezer, inquirer, GuestFloods(state, reporter), GuestIdentity(keeper, state, reporter), observe)
    process = VMProcess(state, reporter, paths, backend, node.holders, node.confinement.users, limits, observe)
    let launch = HypervisorLaunch(
      keeper, state, reporter, paths, work, process, ports, limits, images, backend, node.netd, node.facts,
      LaunchSite(
        settings: settings, confinement: node.confinement, host: node.host, limits: node.limits,
        holders: node.holders, tools: tools))
    start = VMStart(state, reporter, timers, waits, work, node.gate, launch, guest, observe)
    adoption = Adoption(
      keeper, state, reporter, paths, backend, node.host, process, start, ports, limits, guest, watcher, devices,
      observe)
  }
}
