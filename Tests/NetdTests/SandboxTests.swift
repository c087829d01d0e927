import Foundation
import Testing

@testable import netd

@Suite struct SandboxTests {
  @Test func theSandboxBelievesOnlyTheKernel() {
    let good = """
      CapInh:\t0000000000000000
      CapPrm:\t0000000000001000
      CapEff:\t0000000000001000
      CapBnd:\t0000000000000000
      CapAmb:\t0000000000000000
      NoNewPrivs:\t1
      Seccomp:\t2
      """
    #expect(Sandbox.isTight(good))
    #expect(
      Sandbox.isTight(good.replacingOccurrences(of: "CapBnd:\t0000000000000000", with: "CapBnd:\t0000000000001000")))
    #expect(!Sandbox.isTight(""))
    for line in good.split(separator: "\n") {
      let worse = line.count < 20 ? line.dropLast() + "0" : line.dropLast(16) + "0000000000001001"
      #expect(!Sandbox.isTight(good.replacingOccurrences(of: line, with: worse)), "\(worse)")
    }
  }
}
