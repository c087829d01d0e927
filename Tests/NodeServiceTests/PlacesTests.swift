import Testing

@testable import NodeCore
@testable import NodeService

/// Who gets a place, as values.
@Suite struct PlacesTests {
  @Test func oneUserCannotTakeAllNorTheReserve() {
    var places = ConnectionPlaces(most: 16, each: 6, reserve: 4, trusted: [0, 999])
    for _ in 0..<6 { #expect(places.take(.user(5)) == nil) }
    #expect(places.take(.user(5)) == "of its places it has 6 of 6")
    for _ in 0..<6 { #expect(places.take(.user(6)) == nil) }
    #expect(places.take(.user(7)) == "all 12 places are taken, 0 by it")
    for uid in [0, 999, 0, 0] as [UInt32] { #expect(places.take(.user(uid)) == nil, "the reserve") }
    #expect(places.take(.user(0)) == "all 16 places are taken, 3 by it")
    #expect(places.count == 16)
    places.release(.user(5))
    #expect(places.take(.user(7)) != nil, "a place of the reserve is not for others")
    #expect(places.take(.user(0)) == nil)
    places.release(.user(1))
    #expect(places.count == 16, "who has none gives none back")
    for _ in 0..<5 { places.release(.user(5)) }
    for _ in 0..<6 { places.release(.user(6)) }
    for _ in 0..<4 { places.release(.user(0)) }
    places.release(.user(999))
    #expect(places.count == 0)
  }

  @Test(arguments: [256, 512, 1024, 4096, 20_000, 524_288])
  func listenersLeaveThreeQuartersOfTheDescriptors(_ most: Int) {
    let shares = DescriptorBudget.shares(of: most)
    #expect(shares.operators + shares.readers + shares.network + ScrapeConnections.most <= most / 4 + 64)
    #expect(shares.operators >= 32 && shares.readers >= 8 && shares.network >= 8)
    #expect(shares.operators <= 512 && shares.readers <= 64 && shares.network <= 256)
    let bounds = ListenerBounds.operators(shares.operators)
    #expect(bounds.places.reserve >= 4 && bounds.places.each < bounds.places.most - bounds.places.reserve)
  }

  @Test func someDescriptorsStayFree() {
    #expect(DescriptorBudget.shortage(used: 895, most: 1024) == nil)
    #expect(DescriptorBudget.shortage(used: 897, most: 1024) == "the supervisor has about 897 of 1024 files open")
    #expect(DescriptorBudget.shortage(used: 225, most: 256) != nil)
    #expect(DescriptorBudget.shortage(used: 524_000, most: 524_288) == nil)
  }

  /// Those who sit there and ask nothing go first, of those who have most places, oldest first.
  @Test func whoOnlySitsAtMetricsGoes() {
    var connections = ScrapeConnections()
    let first = connections.admit("a")
    connections.answer(first.number)
    for number in 1..<ScrapeConnections.each { #expect(connections.admit("a") == (UInt64(number) + 1, nil)) }
    #expect(connections.admit("a").instead == 2, "the oldest that asked nothing, not the one that is being answered")
    for _ in 0..<ScrapeConnections.each { #expect(connections.admit("b").instead == nil) }
    #expect(connections.count == ScrapeConnections.most)
    #expect(
      connections.admit("scraper").instead != nil && connections.count == ScrapeConnections.most, "another one gets in")
    connections.leave(first.number)
    #expect(connections.count == ScrapeConnections.most - 1)
    #expect(connections.admit("scraper").instead == nil)
  }

  @Test func ofThoseWhoAreAllAnsweredTheOldestGoes() {
    var connections = ScrapeConnections()
    let numbers = (0..<ScrapeConnections.each).map { _ in connections.admit("a").number }
    for number in numbers { connections.answer(number) }
    #expect(connections.admit("a").instead == numbers[0])
  }
}
