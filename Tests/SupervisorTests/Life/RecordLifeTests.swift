import Failure
import Foundation
import Hypervisor
import Life
import Testing

@testable import vmsupervisor

/// What a record keeps of a life.
@Suite struct RecordLifeTests {
  private static let now = Date(timeIntervalSince1970: 1_800_000_000)

  private func record() -> Record {
    Record(
      id: "0000aaaa-0000-4000-8000-000000000001", spec: VMSpec(name: "one", memory: 1 << 24, boot: .firmware(.bios)),
      createdAt: Self.now, desired: .off,
      state: .pending, generation: 0)
  }

  private func kept(_ memory: LifeMemory) throws -> Record {
    var record = record()
    record.keep(memory, before: LifeMemory(), at: Self.now, isNew: true)
    return try JSONDecoder().decode(Record.self, from: JSONEncoder().encode(record))
  }

  @Test func whatIsKeptIsRead() throws {
    let memories = [
      LifeMemory(), LifeMemory(state: .running, desired: .on, generation: 3, wish: .pause),
      LifeMemory(
        state: .stopping, desired: .on, generation: 3, why: Failure(.system, step: "run", cause: "no"),
        wish: .stop(timeout: .seconds(10)), ending: .failed, attempts: 2, restarts: 9),
      LifeMemory(state: .running, desired: .on, wish: .reboot(hard: true, timeout: .zero)),
      LifeMemory(state: .running, desired: .on, wish: .reboot(hard: false, timeout: .seconds(3))),
      LifeMemory(state: .failed, desired: .on, restart: RestartWait(attempt: 4, delay: .milliseconds(1500))),
    ]
    for memory in memories { #expect(try kept(memory).memory(at: Self.now) == memory) }
  }

  @Test func timeGoesOnWhileNobodyLooks() throws {
    let record = try kept(
      LifeMemory(
        state: .stopping, desired: .off, wish: .stop(timeout: .seconds(30)),
        restart: RestartWait(attempt: 1, delay: .seconds(8))))
    for (seconds, left, wait) in [(0.0, 30.0, 8.0), (5, 25, 3), (100, 0, 0), (-3600, 30, 8)] {
      let memory = record.memory(at: Self.now + seconds)
      #expect(memory.wish == .stop(timeout: .seconds(left)), "\(seconds) s later")
      #expect(memory.restart?.delay == .seconds(wait))
    }
  }

  @Test func theDeadlineStaysWhereItWas() throws {
    var record = try kept(LifeMemory(state: .stopping, desired: .off, wish: .stop(timeout: .seconds(30))))
    let later = Self.now + 10
    let memory = record.memory(at: later)
    var next = memory
    next.attempts = 1
    record.keep(next, before: memory, at: later + 5, isNew: false)
    #expect(record.memory(at: later + 5).wish == .stop(timeout: .seconds(15)))
  }

  @Test func aRecordOfAnEarlierReleaseIsRead() throws {
    let text = """
      {"createdAt": "2026-11-01T10:00:00Z", "desired": "on", "generation": 4,
       "id": "0000aaaa-0000-4000-8000-000000000001", "ports": [], "schema": "procurator.record.v1",
       "spec": {"accel": "auto", "agent": true, "boot": {"firmware": "bios"}, "console": true,
                "disks": [{"path": "/srv/one.qcow2", "format": "qcow2", "readonly": false}], "labels": {}, "machine": "q35",
                "memory": 268435456, "name": "one", "nics": [], "restart": {"policy": "always"}, "vcpus": 1},
       "state": "stopping", "story": [],
       "why": {"cause": "the guest's kernel panicked", "code": "system", "cure": "", "errno": 0, "object": "", "step": "keep running"}}
      """
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    let record = try decoder.decode(Record.self, from: Data(text.utf8))
    var life = LifeCycle(record.memory(at: Self.now), policy: RestartPolicy(record.spec.restart))
    _ = try life.handle(.processEnded(.unknown, words: ""), jitter: 0)
    #expect(life.state == .failed && life.why?.cause == "the guest's kernel panicked" && life.restart?.attempt == 1)
  }
}
