import Life
import Testing

@Suite struct ResetWatchTests {
  @Test func aLoopIsToldWhenItBeginsAndEachTimeItHasDoubled() {
    var watch = ResetWatch()
    var told: [Int] = []
    var singles = 0
    for number in 1...100 {
      switch watch.reset(isAsked: false, at: Double(number) * 10) {
      case .once: singles += 1
      case .again: told.append(number)
      case .calm, nil: break
      }
    }
    #expect(singles == ResetWatch.threshold - 1)
    #expect(told == [5, 10, 20, 40, 80], "not each of them: it may go on for weeks")
    #expect(watch.total == 100 && watch.isLooping && watch.count(at: 1000) == 60)
  }

  @Test func itEndsAfterAWholeWindowWithout() {
    var watch = ResetWatch()
    for number in 1...5 { _ = watch.reset(isAsked: false, at: Double(number)) }
    #expect(watch.look(at: 6) == nil && watch.isLooping)
    #expect(watch.look(at: 5 + ResetWatch.window) == .calm)
    #expect(watch.look(at: 6 + ResetWatch.window) == nil && !watch.isLooping && watch.total == 5)
    #expect(watch.reset(isAsked: false, at: 7 + ResetWatch.window) == .once)
  }

  @Test func whatSomebodyAskedForIsNone() {
    var watch = ResetWatch()
    for number in 1...20 { #expect(watch.reset(isAsked: true, at: Double(number)) == nil) }
    #expect(watch.total == 0)
    #expect(watch.reset(isAsked: false, at: 20.05) == nil, "QEMU tells some resets several times")
    #expect(watch.reset(isAsked: false, at: 21) == .once)
  }

  @Test func rareOnesAreNoLoop() {
    var watch = ResetWatch()
    for number in 1...50 { #expect(watch.reset(isAsked: false, at: Double(number) * 200) == .once) }
    #expect(!watch.isLooping)
  }

  @Test func aGuestThatResetsAllTheTimeTakesNoMemory() {
    var watch = ResetWatch()
    var told = 0
    for number in 1...100_000 where watch.reset(isAsked: false, at: Double(number) / 4) != nil { told += 1 }
    #expect(watch.total == 100_000 && watch.count(at: 25_000) == 100)
    #expect(told < 24)
  }
}
