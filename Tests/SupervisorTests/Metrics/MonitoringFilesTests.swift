import Foundation
import Testing
import Yams

@testable import NodeCore

/// Dashboard and alert rules name metrics that there are, and labels that these have.
@Suite struct MonitoringFilesTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../packaging/monitoring").standardized

  private func read(_ name: String) throws -> String {
    try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
  }

  /// Metrics of ours, and of the process, in a query.
  private static func metrics(_ query: String) -> Set<String> {
    Set(query.matches(of: /(?:procurator|process)_[a-z_]+/).map { String($0.output) })
  }

  private func scrape() throws -> Exposition {
    let board = Samples.board([Samples.summary("one"), Samples.summary("two", state: .failed)])
    board.take(MetricTextTests.sample)
    return try Exposition(openMetrics: String(decoding: board.text(.openMetrics), as: UTF8.self))
  }

  private func check(_ queries: [String], _ scrape: Exposition) {
    let names = scrape.names
    let labels = Set(scrape.families.values.flatMap(\.samples).flatMap(\.labels.keys)).union(["instance", "job"])
    for query in queries {
      #expect(!Self.metrics(query).isEmpty, "\(query)")
      for metric in Self.metrics(query).subtracting(names) { Issue.record("there is no \(metric): \(query)") }
      for match in query.matches(of: /([a-z_]+)(?:=|=~|!=)"/) {
        #expect(labels.contains(String(match.1)), "\(match.1) in \(query)")
      }
      for match in query.matches(of: /\b(?:by|on) \(([a-z_, ]+)\)/) {
        for label in match.1.split(separator: ",") {
          #expect(labels.contains(label.trimmingCharacters(in: .whitespaces)), "\(label) in \(query)")
        }
      }
      #expect(query.count { $0 == "(" } == query.count { $0 == ")" }, "\(query)")
    }
  }

  @Test func rulesNameWhatThereIs() throws {
    let document = try #require(try Yams.load(yaml: try read("procurator.rules.yml")) as? [String: Any])
    let groups = try #require(document["groups"] as? [[String: Any]])
    let rules = groups.flatMap { $0["rules"] as? [[String: Any]] ?? [] }
    #expect(rules.count > 15)
    check(rules.compactMap { $0["expr"] as? String }, try scrape())
    var names: Set<String> = []
    for rule in rules {
      let name = rule["alert"] as? String ?? ""
      #expect(names.insert(name).inserted && name.hasPrefix("Procurator"))
      let notes = rule["annotations"] as? [String: String] ?? [:]
      #expect(notes["summary"] != nil && notes["description"] != nil, "\(name)")
      #expect((rule["labels"] as? [String: String])?["severity"] != nil, "\(name)")
      let allowed: Set = ["alert", "expr", "for", "labels", "annotations"]
      #expect(Set(rule.keys).isSubset(of: allowed), "\(name)")
    }
  }

  @Test func dashboardNamesWhatThereIs() throws {
    let scrape = try scrape()
    let text = try read("procurator.json")
    let board = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let panels = try #require(board["panels"] as? [[String: Any]])
    var queries: [String] = []
    var ids: Set<Int> = []
    for panel in panels {
      #expect(ids.insert(panel["id"] as? Int ?? 0).inserted)
      for target in panel["targets"] as? [[String: Any]] ?? [] { queries.append(target["expr"] as? String ?? "") }
    }
    #expect(queries.count > 40)
    check(queries, scrape)
    let variables = ((board["templating"] as? [String: Any])?["list"] as? [[String: Any]]) ?? []
    for variable in variables {
      guard let query = (variable["query"] as? [String: Any])?["query"] as? String else { continue }
      for metric in Self.metrics(query) { #expect(scrape.names.contains(metric), "\(metric)") }
    }
    // And the reverse: what is worth collecting is worth a look.
    let shown = queries.reduce(into: Set()) { $0.formUnion(Self.metrics($1)) }
    for family in VMFamily.all where !["procurator_vm_generation", "procurator_vm_vcpus"].contains(family.name) {
      #expect(shown.contains(family.name), "no panel shows \(family.name)")
    }
  }
}
