import CLinux
import Foundation
import Glibc
import IPC
import IPCPeer
import Linux
import Synchronization
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// Two users take every place that there is for them, and go on knocking and asking: root gets in, and its answers.
  @Suite struct CrowdTests {
    private static let attackers: [UInt32] = [64243, 64244]
    private static let places = 64

    @Test func usersWhoFillAllPlacesDoNotKeepRootOut() throws {
      try Rig.run(netd: Rig.defaults + "MaxClients=\(Self.places)\n") { rig in
        var held: [Held] = []
        for uid in Self.attackers {
          let before = held.count
          while let session = try? Session(rig, uid: uid) { held.append(Held(session)) }
          #expect(held.count > before, "a user has no place at all")
        }
        #expect(held.count < Self.places)
        let crowd = Crowd()
        let path = rig.socket
        for uid in Self.attackers {
          crowd.begin()
          Thread {
            // Who it is counts when it connects, and is this thread's alone.
            if clinux_thread_identity(uid, Rig.group) == 0 { crowd.knock(at: path) }
            crowd.end()
          }.start()
        }
        defer { crowd.close() }
        try wait("both knock") { crowd.knocks > 10 }

        let (before, start) = (Cost(rig.pid), Clock.microseconds())
        var times: [Double] = []
        var most = before.memory
        for _ in 0..<300 {
          let began = Clock.microseconds()
          // A crowd may have filled the queue of the socket; then root waits in it, and is not turned away.
          var session = try Session(rig)
          _ = try session.audit()
          times.append(Double(Clock.microseconds() - began) / 1000)
          most = max(most, Cost(rig.pid).memory)
          for index in held.indices where times.count % 10 == index % 10 { held[index].ask() }
        }
        let seconds = Double(Clock.microseconds() - start) / 1_000_000
        let after = Cost(rig.pid)
        times.sort()
        let part = { (share: Double) in String(format: "%.1f", times[Int(share * Double(times.count - 1))]) }
        print(
          "\(held.count) connections of two users and \(crowd.knocks) more that were turned away: root connects and asks "
            + "in p50 \(part(0.5)) ms, p99 \(part(0.99)) ms, most \(part(1)) ms; netd: memory \(before.memory >> 10) KiB "
            + "before, \(most >> 10) at most, \(after.memory >> 10) after; processor "
            + "\(Int(100 * (after.seconds - before.seconds) / seconds)) %")
        #expect(times.count == 300)
        #expect(most - before.memory < 4 << 20, "netd keeps something of those it turns away")
        crowd.close()
        held = []
        // Who has left makes room.
        var last = try Session(rig)
        try wait("there is room again") { try last.audit().findings.isEmpty && (try? Session(rig, uid: 64245)) != nil }
      }
    }

    /// A session in a list.
    private final class Held {
      private var session: Session
      init(_ session: consuming Session) { self.session = session }

      /// Asks; a refusal is an answer.
      func ask() { _ = try? session.audit() }
    }

    /// Threads that connect, greet and are turned away, until they are told to stop.
    private final class Crowd: Sendable {
      private let state = Mutex((isOver: false, threads: 0, knocks: 0))
      var knocks: Int { state.withLock { $0.knocks } }

      func begin() { state.withLock { $0.threads += 1 } }
      func end() { state.withLock { $0.threads -= 1 } }

      func knock(at path: String) {
        while !state.withLock({ $0.isOver }) {
          if var connection = try? Connection.open(path, peer: "netd") {
            _ = try? connection.call(Hello(client: "crowd"))
          }
          state.withLock { $0.knocks += 1 }
        }
      }

      /// Waits for the last of them.
      func close() {
        state.withLock { $0.isOver = true }
        while state.withLock({ $0.threads > 0 }) { usleep(10_000) }
      }
    }

    /// What a process has taken so far: bytes in memory, and seconds of processors.
    private struct Cost {
      var memory: UInt64 = 0
      var seconds = 0.0

      init(_ pid: Int32) {
        let pages = (try? Files.readText("/proc/\(pid)/statm"))?.split(separator: " ").dropFirst().first
        memory = (pages.flatMap { UInt64($0) } ?? 0) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
        // Fields 14 and 15 of proc(5), behind the name in parentheses.
        let fields = (try? Files.readText("/proc/\(pid)/stat"))?.split(separator: ")").last?.split(separator: " ") ?? []
        let ticks = [11, 12].compactMap { $0 < fields.count ? Double(fields[$0]) : nil }.reduce(0, +)
        seconds = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
      }
    }
  }
}
