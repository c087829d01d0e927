import IPC
import Testing

@testable import netd

/// The table of verbs as a value.
@Suite struct PhaseTableTests {
  @Test func everyVerbHasOneRule() {
    #expect(Set(VerbRule.table.map(\.verb)) == Set(Verb.allCases) && VerbRule.table.count == Verb.allCases.count)
    for rule in VerbRule.table {
      #expect(rule.number == rule.verb.rawValue, "\(rule.verb) is answered as another verb")
    }
    for verb in Verb.allCases { #expect((VerbRule.find(verb.rawValue, in: .new) != nil) == (verb == .hello)) }
    #expect(VerbRule.find(Verb.attach.rawValue, in: .greeted) == nil)
    #expect(VerbRule.find(Verb.attach.rawValue, in: .keeping) == nil)
    #expect(VerbRule.find(Verb.attach.rawValue, in: .serving) != nil)
    #expect(VerbRule.find(0, in: .serving) == nil && VerbRule.find(999, in: .serving) == nil)
  }
}
