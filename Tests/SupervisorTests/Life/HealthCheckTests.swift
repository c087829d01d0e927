import Foundation
import Linux
import Testing

@Suite(.serialized) struct HealthCheckTests {
  private static let quick = "interval: 1, timeout: 1, threshold: 2, grace: 1"

  @Test func whatAnswersNobodyIsUnhealthyAndRestarted() async throws {
    try await Rig.run { rig in
      let health = "nics: [{network: default}]\nhealth: {check: tcp, port: 80, \(Self.quick)}\n"
      await rig.ok(
        "create", "-f", "-", "--start", input: rig.bareSpec("told", extra: health + "restart: {policy: never}"))
      try await eventually("it is reported") { await rig.status("told").health == "unhealthy" }
      let told = await rig.status("told")
      #expect(told.state == "running" && told.healthCause.contains(":80"), "\(told.healthCause)")
      #expect(await rig.ok("status", "told").contains("unhealthy by tcp"))
      #expect(await rig.ok("events", "told").contains("unhealthy"))
      await rig.ok("kill", "told")

      await rig.ok(
        "create", "-f", "-", "--start",
        input: rig.bareSpec("sick", extra: health + "restart: {policy: onFailure, maxAttempts: 1, backoff: 1}"))
      let pid = await rig.status("sick").pid
      try await rig.restarted("sick", after: pid, within: 60)
      #expect(await rig.status("sick").restarts == 1)
      try await eventually("it gives up", within: 60) { await rig.status("sick").cause.contains("gave up") }
      let sick = await rig.status("sick")
      #expect(sick.state == "failed" && sick.cause.contains("it is unhealthy"), "\(sick.cause)")
    }
  }
}
