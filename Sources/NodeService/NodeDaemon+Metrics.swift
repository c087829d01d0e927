import Failure
import FoundationEssentials
import GRPCCore
import Linux
import NodeAPI
package import NodeCore
import SwiftProtobuf

/// Figures of node and VMs, as they are collected for everybody.
extension NodeDaemon {
  /// Longest time between two messages, in seconds.
  private static let longestInterval: UInt32 = 3600

  func streamMetrics(
    request: Limiquantix_Node_V1_StreamMetricsRequest, response: RPCWriter<Limiquantix_Node_V1_NodeMetrics>,
    context: ServerContext
  ) async throws {
    let seconds = request.intervalSeconds
    guard seconds <= Self.longestInterval else {
      throw Failure(
        .invalid, operation: "stream metrics", object: "interval_seconds",
        cause: "\(seconds) is above \(Self.longestInterval)", remedy: "send 1 to \(Self.longestInterval), or 0"
      ).status
    }
    try await whileCalled(context.cancellation) { try await writeMetrics(every: seconds, to: response) }
  }

  private func writeMetrics(every seconds: UInt32, to response: RPCWriter<Limiquantix_Node_V1_NodeMetrics>) async throws
  {
    let board = fleet.context.metrics
    let pause = Duration.seconds(Int64(seconds))
    var next = ContinuousClock.now
    // Who reads slowly is told once of all that was collected meanwhile.
    for await _ in board.collections() {
      guard ContinuousClock.now >= next else { continue }
      // A collection that comes a little early is still the one that was meant.
      next = ContinuousClock.now + pause - min(pause, .milliseconds(500))
      let (vms, host) = board.all()
      try await response.write(.init(vms, host, at: Moment()))
    }
  }
}

extension Limiquantix_Node_V1_NodeMetrics {
  /// The board as it stands.
  package init(_ samples: [VMSample], _ host: HostSample, at moment: Moment) {
    self.init()
    let age = Double(moment.monotonic - min(moment.monotonic, host.at)) / 1e6
    timestamp = .init(Date(timeIntervalSince1970: moment.seconds - age))
    cpuUsagePercent = host.cpuPercent ?? 0
    memoryTotalBytes = host.memory
    memoryUsedBytes = host.memory - min(host.memory, host.memoryAvailable)
    disks = host.disks.map { disk in
      .with {
        $0.device = disk.name
        $0.readBytes = disk.readBytes
        $0.writeBytes = disk.writtenBytes
        $0.readIops = Self.whole(disk.readRate)
        $0.writeIops = Self.whole(disk.writeRate)
        $0.utilizationPercent = disk.busyPercent ?? 0
      }
    }
    networks = host.links.map { link in
      .with {
        $0.interface = link.name
        $0.rxBytes = link.counters.received.bytes
        $0.txBytes = link.counters.transmitted.bytes
        $0.rxPackets = link.counters.received.packets
        $0.txPackets = link.counters.transmitted.packets
        $0.rxErrors = link.counters.received.errors
        $0.txErrors = link.counters.transmitted.errors
      }
    }
    vms = samples.map { .init($0) }.sorted { $0.name < $1.name }
  }

  /// A rate as a number; a counter that has jumped is no more than that.
  private static func whole(_ rate: Double?) -> UInt64 { UInt64(min(1e15, max(0, rate ?? 0)).rounded()) }
}

extension Limiquantix_Node_V1_VMMetrics {
  fileprivate init(_ sample: VMSample) {
    self.init()
    vmID = sample.summary.id
    name = sample.summary.name
    guard sample.summary.run != nil else { return }
    cpuUsagePercent = sample.rates.cpuPercent ?? 0
    memoryUsedBytes = sample.readings.process?.residentBytes ?? 0
    if let drives = sample.readings.drives?.drives {
      diskReadBytes = drives.total(\.readBytes)
      diskWriteBytes = drives.total(\.writtenBytes)
    }
    if let cards = sample.readings.cards?.cards {
      networkRxBytes = cards.total(\.counters.received.bytes)
      networkTxBytes = cards.total(\.counters.transmitted.bytes)
    }
  }
}
