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
    return NodeConnection.failure(of: error, operation: "other step", object: "other", limit: .seconds(1))
  }

  @Test(arguments: Failure.Code.allCases)
  func aFailureComesBackAsItWas(_ code: Failure.Code) {
    let failure = Failure(
      code, part: .disk, operation: "open disk", object: "/a \u{1b}ö", cause: "no", remedy: "do", errno: 13)
    #expect(Self.across(failure) == failure)
    let bare = Failure(code, operation: "open disk", cause: "no")
    #expect(Self.across(bare) == bare)
  }

  @Test func aMissingVMIsNamedAsTheContractWants() {
    let failure = Failure.noSuchVM("web", operation: "start VM")
    #expect(failure.status.message.hasPrefix("VM not found:"))
    #expect(failure.status.code == .notFound)
    #expect(
      !Failure(.notFound, operation: "open disk", object: "/x", cause: "No such file").status.message.contains("VM"))
  }

  @Test func longTextsAreCut() {
    let failure = Failure(.system, operation: "s", cause: String(repeating: "ü", count: 5000))
    let cause = Self.across(failure).cause
    #expect(cause.utf8.count <= 2000 && cause.hasSuffix("ü…"))
  }

  @Test func errorsOfTheTransportAreExplained() {
    let late = NodeConnection.failure(
      of: RPCError(code: .deadlineExceeded, message: "x"), operation: "list VMs", object: "", limit: .seconds(30))
    #expect(late.code == .timeout && late.cause.contains("30s"))
    let away = NodeConnection.failure(
      of: RPCError(code: .unavailable, message: "x"), operation: "list VMs", object: "", limit: nil)
    #expect(CommandStatus(away.code) == .daemonAway && !away.remedy.isEmpty)
  }
}
