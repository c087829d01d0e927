import Testing

@testable import NodeCore

/// One rule for who is meant, wherever a VM is named.
@Suite struct VMReferenceTests {
  private static let all = [
    (id: "7d3f2a10-0000-4000-8000-000000000001", name: "web"),
    (id: "7d3f9999-0000-4000-8000-000000000002", name: "web2"),
    (id: "aaaa0000-0000-4000-8000-000000000003", name: "7d3f2a10-0000-4000-8000-000000000001"),
  ]

  private func found(_ text: String, isWhole: Bool = false) -> [String] {
    switch VMReference(text).find(among: Self.all, isWhole: isWhole, { $0 }) {
    case .one(let one): [one.name]
    case .none: []
    case .several(let several): several.map(\.name)
    }
  }

  @Test func whoIsMeant() {
    #expect(found("web") == ["web"], "a whole name comes before the beginning of another")
    #expect(found("we") == ["web", "web2"] && found("web2") == ["web2"])
    #expect(found("7D3F2A10-0000-4000-8000-000000000001") == ["web"], "an id in either case, and before a name")
    #expect(found("7D3F9") == ["web2"] && found("AAAA") == [Self.all[2].name])
    #expect(found("").isEmpty && found("x").isEmpty && found("WEB").isEmpty)
    #expect(found("7d3f9", isWhole: true).isEmpty && found("web", isWhole: true) == ["web"])
    #expect(VMReference("we").isAmbiguous(["web2", "web"], operation: "stop").cause == "it fits web, web2")
  }
}
