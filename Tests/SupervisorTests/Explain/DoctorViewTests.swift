import Failure
import Testing

@testable import CommandLine
@testable import NodeService

@Suite struct DoctorViewTests {
  /// What is wrong stands last, the worst at the very end; of one level, in the order in which it was looked at.
  @Test func findingsComeLast() throws {
    let view = DoctorView(
      supervisor: Failure(
        .unavailable, operation: "connect", object: "/s", cause: "nobody listens", remedy: "start it"),
      checks: ([
        .warn("space", "little", fix: "free some"), .ok("a", "good"), .fail("kvm", "denied", fix: "permit it"),
        .unused("b", "not needed"), .ok("c", "good"),
      ] as [Check]).map { .init($0) })
    #expect(view.worst == .fail)
    let lines = view.text(headings: false, colour: false).split(separator: "\n").map(String.init)
    #expect(
      lines == [
        "unused  b: not needed", "ok      a: good", "ok      c: good", "warn    space: little", "        → free some",
        "fail    supervisor: cannot connect /s: nobody listens", "        → start it", "fail    kvm: denied",
        "        → permit it",
      ])
    let whole = view.text(headings: true, colour: true)
    #expect(whole.contains("2 fail, 1 warn, 2 ok, 1 unused; seen as uid"), "\(whole)")
    #expect(whole.contains("\u{1b}[31mfail  \u{1b}[0m  kvm: denied"), "\(whole)")
    let good = DoctorView(.with { $0.version = Release.version })
    #expect(good.worst == .ok && good.text(headings: false, colour: false).hasPrefix("ok      supervisor: answers"))
  }

  /// What a host's files say cannot draw on the terminal.
  @Test func whatIsFoundIsHarmless() {
    let view = DoctorView(
      supervisor: Failure(.unavailable, operation: "connect", cause: "\u{1b}[2Jgone"),
      checks: [.init(.fail("x\u{7}", "a\nok      y: good", fix: "\u{1b}]0;title\u{7}"))])
    let text = view.text(headings: false, colour: false)
    #expect(!text.contains("\u{1b}") && !text.contains("\u{7}") && !text.contains("\nok"), "\(text)")
  }
}
