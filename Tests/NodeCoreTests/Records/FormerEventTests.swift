import Foundation
import Testing

@testable import NodeCore

@Suite struct FormerEventTests {
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
