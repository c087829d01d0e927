package import Failure
package import Life
package import Linux
package import VMSpec

/// A running machine, as its hypervisor shows it: the port between a VM and whatever runs it.
///
/// Every call may be made while others are under way. All throw `.unavailable` once the connection has ended, `.timeout`
/// if there is no answer, and otherwise the hypervisor's own words.
package protocol Machine: Sendable {
  /// The release of the hypervisor that runs, which need not be the one that is installed.
  var release: String { get }
  /// Hands on everything that the machine tells, one after the other. Returns when the connection has ended; called once.
  func listen(_ body: @Sendable (MachineEvent) async -> Void) async
  /// Ends the connection; the machine goes on.
  func close() async

  // MARK: power

  /// How the guest is.
  func condition() async throws(Failure) -> GuestCondition
  /// Stops the processors.
  func halt() async throws(Failure)
  /// Lets the processors run.
  func resume() async throws(Failure)
  /// Wakes a guest that has put itself to sleep.
  func wake() async throws(Failure)
  /// Presses the power button; the guest decides.
  func pressPowerButton() async throws(Failure)
  /// Presses the reset button.
  func reset() async throws(Failure)
  /// Raises a non-maskable interrupt on every processor.
  func injectNMI() async throws(Failure)
  /// Ends the hypervisor's process.
  func quit() async throws(Failure)

  // MARK: devices

  /// Whether the guest has that device.
  func has(_ device: Device) async throws(Failure) -> Bool
  /// Gives the guest a disk. What is left of an earlier try has to be cleared before.
  func plug(_ disk: DiskSpec, at place: DeviceAddresses.Address, _ image: consuming Descriptor) async throws(Failure)
  /// Gives the guest a network card; the same holds.
  /// - Parameters:
  ///   - tap: the host's side of it.
  ///   - vhost: `/dev/vhost-net`; nil: packets go through the hypervisor.
  func plug(
    _ card: NICPlan, at place: DeviceAddresses.Address, tap: consuming Descriptor, vhost: consuming Descriptor?
  ) async throws(Failure)
  /// Asks the guest to let go of a device. That it has is told by `has` and by an event.
  /// - Returns: false if there is no such device.
  func askToLeave(_ device: Device) async throws(Failure) -> Bool
  /// Gives up what the hypervisor holds for a device that the guest does not have: its image, its link. Of a card
  /// that the guest has the link goes. Nothing is no error.
  func clear(_ device: Device) async throws(Failure)
  /// The number by which the hypervisor's words mean the image of a device that is plugged in, `OpenImage.number`.
  func imageNumber(of device: Device) -> Int
  /// Bytes that the guest sees of a disk; nil if it does not have it.
  func size(of device: Device) async throws(Failure) -> UInt64?
  /// Makes a disk larger; the guest sees it at once.
  func resize(_ device: Device, to bytes: UInt64) async throws(Failure)
  /// The disks and drives whose last read or write failed, as far as anybody remembers.
  func failedDisks() async throws(Failure) -> [DiskError]

  // MARK: snapshots

  /// Names of the snapshots that the image of each disk has.
  func snapshots() async throws(Failure) -> [Device: Set<String>]
  /// Waits for the end of what an earlier connection has begun with that snapshot; nothing is no error.
  func settleSnapshot(_ name: String) async throws(Failure)
  /// Makes a snapshot of all these disks as they are at one instant. One that fails may have been made of some.
  /// - Parameter memory: the disk whose image takes the memory of the guest, which stands meanwhile; nil: without it.
  func saveSnapshot(_ name: String, of disks: [Device], memory: Device?) async throws(Failure)
  /// Puts disks and guest back to a snapshot with memory. The guest stands then, if it did before.
  func loadSnapshot(_ name: String, of disks: [Device], memory: Device) async throws(Failure)
  /// Removes a snapshot from these disks; one that does not have it is no error.
  func deleteSnapshot(_ name: String, of disks: [Device]) async throws(Failure)

  // MARK: memory in a file

  /// Writes the memory of a guest that stands into a file that is open for writing, which is whole when this returns. The guest
  /// stands afterwards, until it is let go (`resume`); its images are not to be worked on before that.
  func writeMemory(into file: consuming Descriptor) async throws(Failure)
  /// Ends what an earlier connection has begun with `writeMemory`; nothing is no error.
  func settleMemory() async throws(Failure)
  /// Gives a machine that was started to wait for it (`MachineOrder.awaitsMemory`) its memory; one that has it is left alone. The
  /// guest stands then.
  func readMemory(from file: consuming Descriptor) async throws(Failure)
  /// Plugs the cable of a network card in, or pulls it out.
  func setLink(_ card: Device, isUp: Bool) async throws(Failure)

  // MARK: CD drives

  /// State of a drive.
  /// - Throws: `.notFound` if the machine has no such drive.
  func drive(_ index: Int) async throws(Failure) -> DriveState
  /// Opens the tray. A guest that has locked it is asked, and may take its time or never do it.
  /// - Parameter force: whether it is opened whatever the guest thinks.
  func openTray(_ index: Int, force: Bool) async throws(Failure)
  /// Takes the medium out of an open tray; none in it is no error.
  func removeMedium(_ index: Int) async throws(Failure)
  /// Lays a medium into an open, empty tray, and closes it.
  func insertMedium(_ index: Int, _ image: consuming Descriptor) async throws(Failure)

  // MARK: limits

  /// Sets what disks may do. Those that are so already stay so, and those that the guest does not have are passed over.
  /// - Parameter known: how they are; nil to ask.
  func limit(_ wanted: [DiskRate], known: [DiskRate]?) async throws(Failure)
  /// Asks the guest to keep no more than that many bytes of its memory. What it does then comes as an event.
  func setBalloon(_ bytes: UInt64) async throws(Failure)

  // MARK: readings

  /// Counters of each disk and drive.
  func diskCounters(timeout: Duration) async throws(Failure) -> [DiskCounters]
  /// Bytes that the guest has of its memory.
  func balloon(timeout: Duration) async throws(Failure) -> UInt64
  /// Lets the guest report its memory every so many seconds; each report wakes it.
  func reportMemory(every seconds: Int, timeout: Duration) async throws(Failure)
  /// Memory as the guest has reported it last; nil before its first report.
  func guestMemory(timeout: Duration) async throws(Failure) -> GuestStats?

  // MARK: the screen

  /// Writes a picture of the screen into a file that is open O_WRONLY.
  func takePicture(_ format: PictureFormat, into file: consuming Descriptor) async throws(Failure)
  /// How many look at the screen (VNC).
  func viewers() async throws(Failure) -> Int
  /// Makes a connected socket one of them. Who may connect was decided by whoever accepted it.
  func addViewer(_ socket: consuming Descriptor) async throws(Failure)
}

/// A machine that was met: the connection, and what was asked with its first words. One exchange tells all that is to be
/// known of one that was found running.
package struct Meeting: Sendable {
  package let machine: any Machine
  /// The machine's UUID, as it was started with.
  package let uuid: String
  package let condition: GuestCondition
  /// Whether an agent listens; nil if that was not asked for.
  package let agentPortIsOpen: Bool?
  /// What the disks may do; nil if that was not asked for.
  package let diskRates: Result<[DiskRate], Failure>?
  /// Bytes that the guest has of its memory; nil if nothing of it was heard yet.
  package let balloon: UInt64?

  package init(
    machine: any Machine, uuid: String, condition: GuestCondition, agentPortIsOpen: Bool?,
    diskRates: Result<[DiskRate], Failure>?, balloon: UInt64?
  ) {
    self.machine = machine
    self.uuid = uuid
    self.condition = condition
    self.agentPortIsOpen = agentPortIsOpen
    self.diskRates = diskRates
    self.balloon = balloon
  }
}
