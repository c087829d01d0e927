import NIOCore
import Testing

@testable import NodeService

@Suite struct SharedTextTests {
  /// One text for a second, a newer one soon after a VM has changed.
  @Test func scrapesShareAText() {
    let board = Samples.board([Samples.summary("one")])
    let shared = SharedText(board)
    let start = ContinuousClock.now
    let text = shared.text(.prometheus, at: start)
    func isSame(_ milliseconds: Int) -> Bool {
      shared.text(.prometheus, at: start + .milliseconds(milliseconds)) == text
    }
    // The age of the collection stands in it: a text that is made again is another one.
    #expect(isSame(50) && isSame(999))
    board.note(Samples.summary("two"))
    #expect(isSame(50), "a storm of changes makes no storm of texts")
    let next = String(buffer: shared.text(.prometheus, at: start + .milliseconds(150)))
    #expect(next.contains("name=\"two\"") && !String(buffer: text).contains("name=\"two\""))
    board.forget("id-two")
    #expect(!String(buffer: shared.text(.prometheus, at: start + .milliseconds(300))).contains("name=\"two\""))
    #expect(String(buffer: shared.text(.openMetrics, at: start)).hasSuffix("# EOF\n"))
  }
}
