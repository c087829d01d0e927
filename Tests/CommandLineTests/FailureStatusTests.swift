import Failure
import GRPCCore
import NodeAPI
import Testing

@testable import CommandLine
@testable import NodeClient

@Suite struct FailureStatusTests {
  private static func across(_ failure: Failure) -> Failure {
    let status = failure.status
    let error = RPCError(code: status.rpcErrorCode, message: status.rpcErrorMessage, metadata: status.rpcErrorMetadata)
    return NodeConnection.failure(of: error, step: "other step", object: "other", limit: .seconds(1))
  }

  @Test(arguments: Failure.Code.allCases)
  func aFailureComesBackAsItWas(_ code: Failure.Code) {
    let failure = Failure(
      code, part: .disk, step: "open disk", object: "/a \u{1b}ö", cause: "no", cure: "do", errno: 13)
    #expect(Self.across(failure) == failure)
    let bare = Failure(code, step: "open disk", cause: "no")
    #expect(Self.across(bare) == bare)
  }

  @Test func aMissingVMIsNamedAsTheContractWants() {
    let failure = Failure.noSuchVM("web", step: "start VM")
    #expect(failure.status.message.hasPrefix("VM not found:"))
    #expect(failure.status.code == .notFound)
    #expect(!Failure(.notFound, step: "open disk", object: "/x", cause: "No such file").status.message.contains("VM"))
  }

  @Test func longTextsAreCut() {
    let failure = Failure(.system, step: "s", cause: String(repeating: "ü", count: 5000))
    let cause = Self.across(failure).cause
    #expect(cause.utf8.count <= 2000 && cause.hasSuffix("ü…"))
  }

  @Test func errorsOfTheTransportAreExplained() {
    let late = NodeConnection.failure(
      of: RPCError(code: .deadlineExceeded, message: "x"), step: "list VMs", object: "", limit: .seconds(30))
    #expect(late.code == .timeout && late.cause.contains("30s"))
    let away = NodeConnection.failure(
      of: RPCError(code: .unavailable, message: "x"), step: "list VMs", object: "", limit: nil)
    #expect(CommandStatus(away.code) == .daemonAway && !away.cure.isEmpty)
  }
}
