import Failure
import Hypervisor
import Life
import Testing
import VMSpec

@testable import NodeCore

/// What a hypervisor says of its guest may be over when it is heard.
@Suite struct StaleAnswerTests {
  /// "It is paused" is on its way while the guest is told to go on. Believed afterwards, a guest that runs would be taken for one
  /// that hears nothing, and a stop would cut its power.
  @Test(.timeLimit(.minutes(1))) func aPauseThatIsOverIsNotBelieved() async throws {
    let folder = try ShortFolder()
    let host = FakeHost()
    let node = try FakeNode(folder.path, host)
    try await node.fleet.restore()
    let vm = try await node.fleet.create(node.spec("web"))
    try await vm.submit(.start)
    #expect(await vm.outcomeOfStart() == nil)
    try await vm.submit(.pause)
    try await vm.waitUntilDone("pause", timeout: .seconds(30))
    let guest = try #require(host.guests(of: vm.id).first)

    let (end, answer) = AsyncStream.makeStream(of: Void.self)
    guest.delayAnswer(until: end)
    guest.tell(.halted)
    while !guest.isDelayed { await Task.yield() }
    try await vm.submit(.resume)
    try await vm.waitUntilDone("resume", timeout: .seconds(30))
    answer.finish()
    while guest.isDelayed { await Task.yield() }
    #expect(try await vm.powerOff(timeout: .seconds(30)) == nil, "its power was not cut")
    await node.context.events.flush()
    #expect(await vm.record.history.filter { $0.to == .paused }.count == 1)
    try await node.fleet.delete(vm)
  }
}
