import Testing

@testable import netdns

/// What of clients is said in the log.
@Suite struct UserLinesTests {
  /// Connections cost nothing: whoever makes new ones all the time has one line a second like anybody.
  @Test func aUserHasOneLineASecond() {
    var lines = UserLines()
    #expect(lines.admit(uid: 1000, now: 0) == "")
    #expect((1..<1000).count { lines.admit(uid: 1000, now: $0) != nil } == 0)
    #expect(lines.admit(uid: 1001, now: 500) == "", "others are heard")
    #expect(lines.admit(uid: 1000, now: 1000) == " (and 999 lines about user 1000 before)")
    #expect(lines.admit(uid: 1000, now: 1999) == nil)
    // Who has been forgotten may say something, and who is quiet now is not forgotten.
    lines.trim(above: 1, now: 1999)
    #expect(lines.admit(uid: 1000, now: 1999) == nil && lines.admit(uid: 1001, now: 1999) == "")
    #expect(lines.admit(uid: 1000, now: 2000) == " (and 2 lines about user 1000 before)")
  }
}
