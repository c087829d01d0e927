import Testing

@testable import NodeCore

/// Names of VMs that DNS cannot tell apart.
@Suite struct NameClaimsTests {
  private static func claimant(_ name: String, network: String = "default") -> NameClaims.Claimant {
    NameClaims.Claimant(id: name + network, name: name, network: network)
  }

  @Test(arguments: ["web-1", "WEB_1", "web.1", "Web-1", "web_1-"])
  func whatFoldsToTheSameLabelIsRefused(name: String) throws {
    var claims = NameClaims()
    claims.take(Self.claimant("web_1"))
    let refusal = try #require(claims.refusal(Self.claimant(name), operation: "create"))
    #expect(refusal.code == .exists && refusal.object == name)
    #expect(refusal.cause == "its name in DNS, web-1.default.internal, is that of the VM web_1")
    #expect(refusal.remedy.contains("choose a name"))
    // In another network it is another name.
    #expect(claims.refusal(Self.claimant(name, network: "lab"), operation: "create") == nil)
    // The second one gets no name, rather than a wrong one; when the first is gone it may have it.
    claims.take(Self.claimant(name))
    #expect(claims.label(of: Self.claimant(name).id).isEmpty)
    claims.release(Self.claimant("web_1").id)
    claims.take(Self.claimant(name))
    #expect(claims.label(of: Self.claimant(name).id) == "web-1")
  }

  @Test(arguments: ["wpad", "WPAD", "localhost", "isatap", "Isatap."])
  func namesThatProgramsTrustAreRefused(name: String) throws {
    var claims = NameClaims()
    let refusal = try #require(claims.refusal(Self.claimant(name), operation: "create"))
    #expect(refusal.code == .invalid && refusal.remedy.contains("isatap, localhost, wpad"))
    claims.take(Self.claimant(name))
    #expect(claims.label(of: Self.claimant(name).id).isEmpty)
  }

  @Test func whatDNSCannotHaveDisturbsNobody() {
    var claims = NameClaims()
    let long = String(repeating: "x", count: 64)
    claims.take(Self.claimant(long + "a"))
    #expect(claims.refusal(Self.claimant(long + "b"), operation: "create") == nil)
    #expect(claims.label(of: Self.claimant(long + "a").id).isEmpty)
  }
}
