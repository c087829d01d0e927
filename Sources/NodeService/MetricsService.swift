import FoundationEssentials
import GRPCCore
import Linux
import NodeAPI
package import NodeCore
import SwiftProtobuf

/// `procurator.node.v1.Metrics`: what `top` shows.
struct MetricsService: Procurator_Node_V1_Metrics.SimpleServiceProtocol {
  let board: MetricsBoard

  init(board: MetricsBoard) {
    self.board = board
  }

  func top(
    request: Procurator_Node_V1_TopRequest, response: RPCWriter<Procurator_Node_V1_TopReply>, context: ServerContext
  ) async throws {
    try await whileCalled(context.cancellation) { try await write(request, to: response) }
  }

  private func write(_ request: Procurator_Node_V1_TopRequest, to response: RPCWriter<Procurator_Node_V1_TopReply>)
    async throws
  {
    let pause = Duration.seconds(Int64(request.intervalSeconds))
    var next = ContinuousClock.now
    for await _ in board.collections() {
      guard ContinuousClock.now >= next else { continue }
      // A collection that comes a little early is still the one that was meant.
      next = ContinuousClock.now + pause - min(pause, .milliseconds(500))
      let (vms, host) = board.all()
      try await response.write(.init(vms, host, interval: board.interval))
      if request.once { return }
    }
  }
}

extension Procurator_Node_V1_TopReply {
  /// The board as it stands.
  package init(_ samples: [VMSample], _ sample: HostSample, interval: Duration) {
    self.init()
    let moment = Moment()
    let age = Double(moment.monotonic - min(moment.monotonic, sample.at)) / 1e6
    time = .init(Date(timeIntervalSince1970: moment.seconds - age))
    intervalSeconds = Double(interval.milliseconds) / 1000
    host = .with {
      if let percent = sample.cpuPercent { $0.cpuPercent = percent }
      $0.cpus = UInt32(clamping: sample.cpus)
      $0.memoryBytes = sample.memory
      $0.memoryAvailableBytes = sample.memoryAvailable
      $0.committedMemoryBytes = sample.limits.committedMemory
      $0.committedVcpus = UInt32(clamping: sample.limits.committedProcessors)
    }
    vms = samples.map { .init($0, moment) }.sorted { $0.name < $1.name }
  }
}

extension Procurator_Node_V1_VMUsage {
  fileprivate init(_ sample: VMSample, _ moment: Moment) {
    self.init()
    let summary = sample.summary
    vmID = summary.id
    name = summary.name
    state = summary.state.rawValue
    restarts = summary.restarts
    vcpus = UInt32(clamping: summary.vcpus)
    memoryBytes = summary.memory
    guard let run = summary.run else { return }
    uptimeSeconds = UInt64(run.age(at: moment))
    if let answered = sample.readings.answeredAt {
      monitorAgeSeconds = Double(moment.monotonic - min(moment.monotonic, answered)) / 1e6
    }
    add(sample.readings)
    add(sample.rates)
    if let usage = Limiquantix_Node_V1_GroupUsage(sample) { groupUsage = usage }
  }

  private mutating func add(_ readings: Readings) {
    if let process = readings.process {
      cpuSeconds = Double(process.cpu) / 1e6
      memoryResidentBytes = process.residentBytes
    }
    if let share = readings.proportionalBytes { memoryPssBytes = share }
    if let balloon = readings.memory.balloon { memoryBalloonBytes = balloon }
    if let available = readings.memory.available { memoryAvailableBytes = available }
    if let usable = readings.memory.usable { memoryUsableBytes = usable }
    if let drives = readings.drives?.drives {
      diskReadBytes = drives.total(\.readBytes)
      diskWriteBytes = drives.total(\.writtenBytes)
    }
    if let cards = readings.cards?.cards {
      networkReceiveBytes = cards.total(\.counters.received.bytes)
      networkTransmitBytes = cards.total(\.counters.transmitted.bytes)
    }
  }

  private mutating func add(_ rates: VMRates) {
    if let rate = rates.cpuPercent { cpuPercent = rate }
    vcpuPercent = rates.vcpuPercent
    if let rate = rates.diskReadBytes { diskReadBytesPerSecond = rate }
    if let rate = rates.diskWriteBytes { diskWriteBytesPerSecond = rate }
    if let rate = rates.diskReads { diskReadsPerSecond = rate }
    if let rate = rates.diskWrites { diskWritesPerSecond = rate }
    if let rate = rates.receivedBytes { networkReceiveBytesPerSecond = rate }
    if let rate = rates.transmittedBytes { networkTransmitBytesPerSecond = rate }
  }
}
