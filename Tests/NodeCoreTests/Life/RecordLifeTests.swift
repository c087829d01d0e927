import Failure
import Foundation
import Life
import Testing

@testable import NodeCore
@testable import VMSpec

/// What a record keeps of a life.
@Suite struct RecordLifeTests {
  private static let now = HostInstant(wall: Date(timeIntervalSince1970: 1_800_000_000), boot: "this", sinceBoot: 5_000)

  /// Some seconds later by both clocks.
  private static func later(_ seconds: Double) -> HostInstant {
    HostInstant(wall: now.wall + seconds, boot: now.boot, sinceBoot: now.sinceBoot + seconds)
  }

  /// The same after the host was started again, by the wall clock alone.
  private static func anotherBoot(_ seconds: Double) -> HostInstant {
    HostInstant(wall: now.wall + seconds, boot: "another", sinceBoot: 20)
  }

  private func record() throws -> Record {
    Record(
      id: try #require(RecordID("0000aaaa-0000-4000-8000-000000000001")),
      spec: VMSpec(name: "one", memory: 1 << 24, boot: .firmware(.bios)),
      createdAt: Self.now.wall, desired: .off,
      state: .pending, generation: 0)
  }

  private func kept(_ memory: LifeMemory) throws -> Record {
    var record = try record()
    record.keep(memory, before: LifeMemory(), at: Self.now, isNew: true)
    return try JSONDecoder().decode(Record.self, from: JSONEncoder().encode(record))
  }

  @Test func whatIsKeptIsRead() throws {
    let memories = [
      LifeMemory(), LifeMemory(state: .running, desired: .on, generation: 3, request: .pause),
      LifeMemory(
        state: .stopping, desired: .on, generation: 3, why: Failure(.system, operation: "run", cause: "no"),
        request: .stop(timeout: .seconds(10)), ending: .failed, attempts: 2, restarts: 9),
      LifeMemory(state: .running, desired: .on, request: .reboot(hard: true, timeout: .zero)),
      LifeMemory(state: .stopped, cut: Failure(.timeout, operation: "power off", cause: "the guest did not obey")),
      LifeMemory(state: .running, desired: .on, request: .reboot(hard: false, timeout: .seconds(3))),
      LifeMemory(state: .failed, desired: .on, restart: RestartWait(attempt: 4, delay: .milliseconds(1500))),
    ]
    for memory in memories { #expect(try kept(memory).memory(at: Self.now) == memory) }
  }

  @Test func timeGoesOnWhileNobodyLooks() throws {
    let record = try kept(
      LifeMemory(
        state: .stopping, desired: .off, request: .stop(timeout: .seconds(30)),
        restart: RestartWait(attempt: 1, delay: .seconds(8))))
    for (seconds, left, wait) in [(0.0, 30.0, 8.0), (5, 25, 3), (100, 0, 0), (-3600, 30, 8)] {
      for now in [Self.later(seconds), Self.anotherBoot(seconds)] {
        let memory = record.memory(at: now)
        #expect(memory.request == .stop(timeout: .seconds(left)), "\(seconds) s later")
        #expect(memory.restart?.delay == .seconds(wait))
      }
    }
  }

  @Test func aClockThatIsSetChangesNoDeadlineAndNoDuration() throws {
    let record = try kept(
      LifeMemory(
        state: .stopping, desired: .off, request: .stop(timeout: .seconds(30)),
        restart: RestartWait(attempt: 1, delay: .seconds(8))))
    for step in [-86_400.0, 86_400] {
      var now = Self.later(5)
      now.wall += step
      #expect(record.memory(at: now).request == .stop(timeout: .seconds(25)), "no power is cut for it")
      #expect(record.memory(at: now).restart?.delay == .seconds(3))
      #expect(record.secondsInState(at: now) == 5)
    }
  }

  @Test func howLongAStartTookIsMeasured() throws {
    var record = try record()
    var memory = LifeMemory(state: .starting, desired: .on, generation: 1)
    record.keep(memory, before: LifeMemory(), at: Self.now, isNew: true)
    let before = memory
    memory.state = .running
    var now = Self.later(1.5)
    now.wall -= 3600
    record.keep(memory, before: before, at: now, isNew: false)
    #expect(record.startSeconds == 1.5 && record.secondsInState(at: Self.later(3.5)) == 2)
  }

  @Test func theDeadlineStaysWhereItWas() throws {
    var record = try kept(LifeMemory(state: .stopping, desired: .off, request: .stop(timeout: .seconds(30))))
    let later = Self.later(10)
    let memory = record.memory(at: later)
    var next = memory
    next.attempts = 1
    record.keep(next, before: memory, at: Self.later(15), isNew: false)
    #expect(record.memory(at: Self.later(15)).request == .stop(timeout: .seconds(15)))
  }

  @Test func aRecordOfAnEarlierReleaseIsRead() throws {
    let text = """
      {"createdAt": "2026-11-01T10:00:00Z", "desired": "on", "generation": 4,
       "id": "0000aaaa-0000-4000-8000-000000000001", "ports": [], "schema": "procurator.record.v1",
       "spec": {"accel": "auto", "agent": true, "boot": {"firmware": "bios"}, "console": true,
                "disks": [{"path": "/srv/one.qcow2", "format": "qcow2", "readonly": false}], "labels": {}, "machine": "q35",
                "memory": 268435456, "name": "one", "nics": [], "restart": {"policy": "always"}, "vcpus": 1},
       "state": "stopping", "wish": {"kind": "stop", "seconds": 30}, "places": {"disks": [{"number": 4}], "nics": []},
       "unfinished": {"resizeDisk": {"name": "one", "from": 4096, "to": 8192}},
       "story": [{"time": "2026-11-01T10:00:00Z", "what": "started"}],
       "why": {"cause": "the guest's kernel panicked", "code": "system", "cure": "see its log", "errno": 0, "object": "", "step": "keep running"}}
      """
    let record = try Record.decoded(Data(text.utf8))
    #expect(record.schema == Record.currentSchema && record.history.map(\.what) == ["started"])
    #expect(record.request?.kind == .stop && record.deviceAddresses?.disks.map(\.number) == [4])
    #expect(record.pendingOperation == .resizeDisk(name: "one", from: 4096, to: 8192))
    #expect(record.why?.operation == "keep running" && record.why?.remedy == "see its log")
    var life = LifeCycle(record.memory(at: Self.now), policy: RestartPolicy(record.spec.restart))
    _ = try life.handle(.processEnded(.unknown, words: ""), jitter: 0)
    #expect(life.state == .failed && life.why?.cause == "the guest's kernel panicked" && life.restart?.attempt == 1)
  }
}
