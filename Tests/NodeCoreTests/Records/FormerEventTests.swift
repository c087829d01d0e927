import Failure
import Foundation
import Life
import Linux
import Testing

@testable import NodeCore

@Suite struct FormerEventTests {
  /// The log of the release before, in two files, is read from its first event on, and gone on with.
  @Test func theKeptLogIsReadAndGoesOn() async throws {
    let kept = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let folder = FileManager.default.temporaryDirectory.path + "/events-\(UUID().uuidString)"
    try FileManager.default.copyItem(atPath: kept.appending(path: "Former/state/events").path, toPath: folder)
    defer { try? Files.removeFolder(folder) }
    var cursor = EventSegments.Cursor()
    let events = EventSegments(folder: folder).read(&cursor)
    #expect(events.map(\.sequence) == Array(1...20))
    #expect(
      events.map(\.event.kind) == [
        .state, .created, .state, .state, .state, .health, .operation, .access, .netd, .netd, .dns, .confinement,
        .limit,
        .power, .guest, .agent, .image, .clock, .warning, .deleted,
      ])
    // The release before made no snapshots.
    #expect(Set(events.map(\.event.kind)) == Set(EventKind.allCases).subtracting([.snapshot]), "each kind is kept")
    for (index, event) in events.map(\.event).enumerated() {
      // To the millisecond, as it is written.
      #expect(abs(event.time.timeIntervalSince1970 - (1_794_993_000 + Double(index) * 1.125)) < 0.001)
      let isOfHost = [0, 9, 10, 17, 18].contains(index)
      #expect(event.name == (isOfHost ? "" : "web") && event.generation == (isOfHost ? 0 : 7))
      #expect(event.vm == (isOfHost ? "" : "5d2c1f0e-8a4b-4c3d-9e7f-000000000001"))
      #expect(EventLine.event(EventLine.bytes(events[index])) == events[index])
    }
    Self.compare(events.map(\.event))

    let log = EventLog(folder: folder)
    log.append(HostEvent(kind: .operation, what: "goes on"))
    await log.flush()
    #expect(log.segments.last(2).map(\.sequence) == [20, 21])
    #expect(log.segments.read(&cursor).map(\.event.what) == ["goes on"])
  }

  /// What some of them say.
  private static func compare(_ events: [HostEvent]) {
    let alice = Caller.process(LocalProcess(uid: 1000, user: "alice", pid: 4711, socket: .operators))
    #expect(events[1].actor == .caller("alice(1000)") && events[1].caller == alice && events[1].to == .pending)
    #expect(events[7].actor == .caller("uid 1001"))
    #expect(events[7].caller == Caller.process(LocalProcess(uid: 1001, pid: 0, socket: .readers)))
    #expect(events[2].from == .stopped && events[2].to == .starting && events[2].why == nil)
    #expect(
      events[3].why
        == Failure(
          .notFound, part: .disk, operation: "open disk root", object: "/srv/db.qcow2",
          cause: "No such file or directory", remedy: "create it", errno: 2))
    #expect(events[5].actor == .guest && events[5].why?.operation == "check health" && events[5].why?.part == nil)
    #expect(events[6].why?.remedy == "stop db or detach it there first, or set readonly: true on both")
    #expect(events[8].actor == .netd && events[9].actor == .supervisor && events[9].why?.part == .netd)
    #expect(events[9].why?.errno == 111 && events[11].why?.part == .confinement && events[11].why?.code == .denied)
    #expect(events[13].why?.operation == "start anew" && events[13].why?.remedy.isEmpty == false)
    #expect(events[16].what.hasPrefix("/srv/data/web.img of disk data was replaced"))
    #expect(events[17].actor == .host && events[19].actor == .caller("api") && events[19].caller == nil)
  }

  /// A line as releases before the present format of the state folder wrote it.
  @Test func anEventOfAnEarlierReleaseIsRead() throws {
    let line = """
      {"actor":"api","from":"running","generation":3,"kind":"operation","name":"web","sequence":7,\
      "time":"2026-11-01T10:00:00.000Z","to":"failed","vm":"0000aaaa-0000-4000-8000-000000000001","what":"not done",\
      "why":{"cause":"it is locked","code":"state","cure":"open it","errno":0,"object":"tray","step":"change medium"}}
      """
    let event = try #require(EventLine.event(Array(line.utf8)))
    #expect(event.sequence == 7 && event.event.kind == .operation && event.event.actor == .caller("api"))
    #expect(event.event.why?.operation == "change medium" && event.event.why?.remedy == "open it")
    // What is written now is read again, whatever a later release will call its kinds.
    #expect(EventLine.event(EventLine.bytes(event)) == event)
    let later = line.replacingOccurrences(of: "\"operation\"", with: "\"migration\"")
    #expect(EventLine.event(Array(later.utf8))?.event.kind == .warning)
    for actor in [EventActor.supervisor, .guest, .host, .netd, .caller("alice(1000)")] {
      #expect(EventActor(actor.word) == actor)
    }
  }
}
