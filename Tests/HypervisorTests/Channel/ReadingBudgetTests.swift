import Testing

@testable import Hypervisor

@Suite struct ReadingBudgetTests {
  /// Whoever works as much as it may gets its share and no more.
  @Test(arguments: [0.001, 0.05, 0.7]) func workWithoutEndGetsItsShare(_ piece: Double) {
    var budget = ReadingBudget()
    var (now, worked) = (100.0, 0.0)
    while now < 200 {
      now += piece
      worked += piece
      if let rest = budget.spend(piece, now: now) {
        #expect(rest > 0 && rest <= ReadingBudget.longestRest)
        now += rest
      }
    }
    #expect(worked <= 100 * ReadingBudget.share * 1.2 && worked >= 100 * ReadingBudget.share * 0.8, "\(worked)")
  }

  @Test func whoSaysLittleNeverRests() {
    var budget = ReadingBudget()
    for second in 0..<100 { #expect(budget.spend(0.15, now: Double(second) * 1.01) == nil) }
  }

  /// A long answer is read at once, and paid for later.
  @Test func aLongPieceIsFollowedByARest() {
    var budget = ReadingBudget()
    #expect(budget.spend(0.19, now: 10) == nil)
    #expect(budget.spend(30, now: 40.5) == ReadingBudget.longestRest)
    #expect(budget.spend(0.01, now: 400) == nil)
  }
}
