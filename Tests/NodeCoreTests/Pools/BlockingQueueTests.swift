import Dispatch
import Synchronization
import Testing

@testable import NodeCore

struct BlockingQueueTests {
  private final class Calls: Sendable {
    let count = Atomic(0)
  }

  @Test func nothingHappensThatNobodyWaitsFor() async {
    let queue = BlockingQueue("test")
    let gate = DispatchSemaphore(value: 0)
    let calls = Calls()
    queue.start { gate.wait() }
    let left = await queue.run(within: .milliseconds(20)) { calls.count.wrappingAdd(1, ordering: .relaxed).newValue }
    let late = await queue.run(within: .milliseconds(20), always: true) {
      calls.count.wrappingAdd(10, ordering: .relaxed).newValue
    }
    #expect(left == nil && late == nil)
    #expect(queue.pending == 3)
    gate.signal()
    let count = await queue.run { calls.count.load(ordering: .relaxed) }
    #expect(count == 10)
  }
}
