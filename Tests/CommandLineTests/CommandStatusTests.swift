import ArgumentParser
import Failure
import Testing

@testable import CommandLine

@Suite struct CommandStatusTests {
  @Test func numbersArePublished() {
    #expect(CommandStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 64, 69, 75, 124])
    #expect(ExitCode.validationFailure.rawValue == CommandStatus.usage.rawValue)
  }

  @Test func everyCodeHasAStatus() {
    let expected: [Failure.Code: CommandStatus] = [
      .invalid: .failed, .notFound: .notFound, .exists: .failed, .denied: .denied, .state: .failed,
      .exhausted: .retry, .unavailable: .daemonAway, .timeout: .timeout, .protocol: .failed, .unsupported: .failed,
      .system: .failed, .internal: .failed,
    ]
    for code in Failure.Code.allCases { #expect(CommandStatus(code) == expected[code], "\(code)") }
    #expect(CommandStatus(.state, needsRunningVM: true) == .notRunning)
  }

  @Test(arguments: [
    ([CommandStatus.success, .success], CommandStatus.success), ([.notFound], .notFound),
    ([.notFound, .notFound], .notFound),
    ([.success, .cut], .cut), ([.cut], .cut), ([.cut, .notFound], .partial),
    ([.notFound, .success], .partial), ([.notFound, .denied], .failed), ([], .success),
  ])
  func severalVMs(_ each: [CommandStatus], _ status: CommandStatus) { #expect(CommandStatus(of: each) == status) }
}

@Suite struct CommandSyntaxTests {
  @Test func execTakesTheCommandAfterTheTerminator() throws {
    let command = try ExecCommand.parse(["web", "--", "ls", "-l", "--color"])
    #expect(command.command == ["ls", "-l", "--color"])
    #expect(throws: (any Error).self) { try ExecCommand.parse(["web"]) }
  }

  @Test func runTakesAFileOrAKernel() throws {
    #expect(try RunCommand.parse(["vm.yaml"]).file == "vm.yaml")
    #expect(try RunCommand.parse(["--kernel", "k"]).sketch.kernel == "k")
    for wrong in [[], ["vm.yaml", "--kernel", "k"], ["vm.yaml", "--memory", "1GiB"], ["-", "--attach"]] {
      #expect(throws: (any Error).self, "\(wrong)") { try RunCommand.parse(wrong) }
    }
  }

  @Test func sketchesLeaveOutWhatWasNotGiven() throws {
    let options = try SketchOptions.parse(["--kernel", "k", "--memory", "256MiB", "--network", "default"])
    let text = try #require(try Document.text(options.specification(name: "t"), .json))
    #expect(
      text.filter { !$0.isWhitespace }
        == #"{"boot":{"kernel":"k"},"memory":"256MiB","name":"t","nics":[{"network":"default"}]}"#)
  }

  @Test func waitKnowsItsStates() throws {
    #expect(try WaitCommand.parse(["web", "--state", "running,agent"]).state == "running,agent")
    #expect(throws: (any Error).self) { try WaitCommand.parse(["web", "--state", "runing"]) }
  }

  @Test func quietMeansNames() throws {
    #expect(try GlobalOptions.parse(["-q"]).format == .name)
    #expect(try GlobalOptions.parse(["-q", "-o", "json"]).format == .json)
    #expect(try GlobalOptions.parse(["--socket", "/x"]).socketPath == "/x")
  }
}
