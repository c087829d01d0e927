import Configuration
import IPC
import IPCNames
import NetworkPlan
import Testing

@testable import netdns

/// Whose a list is of which nobody has said the domains yet.
@Suite struct FormerListsTests {
  private static let domains = ["a.example", "b.example"]
  private static let number = ListNumber.of(uid: 1, network: "lab", domains)

  private static func list(
    uid: UInt32 = 1, number: UInt32 = FormerListsTests.number, id: UInt32 = FormerListsTests.number,
    port: UInt16 = 15_361, _ domains: [String]? = nil
  ) -> ServedList {
    ServedList(id: id, uid: uid, number: number, network: "lab", port: port, domains: domains)
  }

  private static func wanted(_ lists: [ServedList], _ files: [String: String] = [:]) throws -> Wanted {
    let settings = try Settings(ConfigurationFile.parse("[Netdns]\n", name: "test"))
    return Wanted(Listing(shards: [ConfigurationTests.plain], lists: lists), settings, existing: files)
  }

  @Test func itGoesOnForItsOwnerOnly() throws {
    let before = try Self.wanted([Self.list(Self.domains)])
    #expect(before.files[ListFile.path] == "1 \(Hex.text(Self.number)) \(Hex.text(Self.number))\n")
    #expect(try Self.wanted([Self.list()], before.files) == before)
    // Another user who has the place now has not inherited it, though it calls it by the same number.
    for list in [Self.list(uid: 2), Self.list(uid: 2, id: Self.number &+ 1)] {
      let strict = try Self.wanted([list], before.files)
      #expect(strict.instances.count == 1 && strict.undescribed == [list.id])
      #expect(strict.vacated == [.profile(id: list.id, port: list.port)])
    }
  }

  /// Described by its new owner it is served, and what was there before is another user's all the same.
  @Test func whatServedAnotherUserIsKnown() throws {
    let before = try Self.wanted([Self.list(Self.domains)])
    let after = try Self.wanted([Self.list(uid: 2, ["c.example"])], before.files)
    #expect(after.instances.count == 2 && after.vacated == [.profile(id: Self.number, port: 15_361)])
    #expect(try Self.wanted([Self.list(["c.example"])], before.files).vacated.isEmpty)
    #expect(try Self.wanted([Self.list(uid: 2, ["c.example"])], after.files).vacated.isEmpty)
  }

  /// Who finds domains that make another's number for its own uid does not get that user's list.
  @Test func aNumberThatFitsProvesNothing() throws {
    let theirs = Self.list(uid: 2, Self.domains)
    let before = try Self.wanted([theirs])
    let after = try Self.wanted([Self.list()], before.files)
    #expect(after.undescribed == [Self.number] && after.vacated.count == 1)
    // Without owners, as a release before has left the folder, the number is all there is.
    var former = before.files
    former[ListFile.path] = nil
    let upgraded = try Self.wanted([Self.list()], former)
    #expect(upgraded.undescribed.isEmpty && upgraded.files[ListFile.path]?.hasPrefix("1 ") == true)
    // What does not fit may be what that release had moved on to another id: it is in nobody's way.
    var files = former
    for _ in 0..<2 {
      let moved = try Self.wanted([Self.list(number: 9, id: Self.number)], files)
      #expect(moved.undescribed == [Self.number] && moved.vacated.isEmpty)
      files[ListFile.path] = moved.files[ListFile.path]
    }
  }

  /// netd that was started again knows the id of a list that was moved on, and not its number.
  @Test func itIsTheSameUntilItsNumberIsSaidAgain() throws {
    let id = Self.number &+ 1
    let before = try Self.wanted([Self.list(id: id, Self.domains)])
    #expect(try Self.wanted([Self.list(number: id, id: id)], before.files) == before)
    #expect(try Self.wanted([Self.list(number: id &+ 1, id: id)], before.files).undescribed == [id])
  }

  @Test func anOwnerIsKnownAsLongAsThereIsAConfiguration() throws {
    let before = try Self.wanted([Self.list(Self.domains)])
    var files = before.files
    let away = try Self.wanted([], files)
    #expect(away.files[ListFile.path] == before.files[ListFile.path])
    files = files.filter { !$0.key.hasPrefix("conf/profile-") }
    #expect(try Self.wanted([], files).files[ListFile.path] == "")
    // One whose user numbers by another rule has to be described again, and is in nobody's way until then.
    let own = Self.list(number: 7, id: 7, ["c.example"])
    let second = try Self.wanted([own], try Self.wanted([own]).files)
    var undescribed = own
    undescribed.domains = nil
    let third = try Self.wanted([undescribed], second.files)
    #expect(third.undescribed == [7] && third.vacated.isEmpty)
    #expect(third.files[ListFile.path] == second.files[ListFile.path])
  }

  @Test func whatIsNoLineIsNoOwner() {
    let list = OwnedList(uid: 1000, number: 0xa1b2, id: 7)
    #expect(ListFile.text([list]) == "1000 0000a1b2 00000007\n")
    #expect(ListFile.parse(ListFile.text([list]) + "1 2\nx 1 1\n1 x 1\n1 2 3 4\n\n") == [list])
  }
}
