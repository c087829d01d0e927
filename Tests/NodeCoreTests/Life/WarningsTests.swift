import Failure
import Testing

@testable import NodeCore

@Suite struct WarningsTests {
  private func warning(_ id: String, _ cause: String = "x") -> Warning { Warning(id: id, part: .limit, cause: cause) }

  @Test func whatIsRepairedTakesNothingElseAway() {
    var warnings = Warnings([warning("accelerator"), warning("screen"), warning("monitor")])
    warnings.clear("monitor")
    #expect(warnings.all.map(\.id) == ["accelerator", "screen"])
    warnings.set(warning("screen", "y"))
    #expect(warnings.count == 2 && warnings["screen"]?.cause == "y")
  }

  @Test func aFamilyIsReplacedAsAWhole() {
    var warnings = Warnings([warning("image.kernel"), warning("image.disk 0"), warning("imagery"), warning("limit")])
    #expect(warnings.replace(family: "image", with: [warning("image.disk 0"), warning("image.kernel")]) == nil)
    let new = warnings.replace(family: "image", with: [warning("image.kernel"), warning("image.seed")])
    #expect(new?.map(\.id) == ["image.seed"])
    #expect(warnings.all.map(\.id) == ["image.kernel", "image.seed", "imagery", "limit"])
    #expect(warnings.replace(family: "image", with: [])?.isEmpty == true)
    #expect(warnings.replace(family: "image", with: []) == nil)
    #expect(warnings.all.map(\.id) == ["imagery", "limit"])
  }
}
