import Failure
import Foundation
import Life
import Seeded
import Testing
import VMSpec

@testable import NodeCore

/// The snapshots of a VM as a value.
@Suite struct SnapshotTreeTests {
  private static func snapshot(_ number: Int, parent: String?) -> Snapshot {
    Snapshot(
      id: "id-\(number)", name: "name \(number)", description: "", createdAt: Date(timeIntervalSince1970: 0),
      parent: parent, state: .running, consistency: .crash, disks: [])
  }

  /// Whatever is made, put back to and deleted: it is a forest, every parent is one of the VM's, and the present state comes
  /// from one of them or from none.
  @Test func itStaysATree() {
    var random = SeededRandom("snapshots")
    for _ in 0..<200 {
      var tree = SnapshotTree()
      var made = 0
      for _ in 0..<60 {
        let before = tree
        switch Int.random(in: 0..<4, using: &random) {
        case 0, 1:
          made += 1
          tree.add(Self.snapshot(made, parent: tree.current))
          #expect(tree.current == "id-\(made)" && tree.all.count == before.all.count + 1)
        case 2:
          guard let one = tree.all.randomElement(using: &random) else { continue }
          tree.revert(to: one.id)
          #expect(tree.current == one.id && tree.all == before.all)
        default:
          guard let one = tree.all.randomElement(using: &random) else { continue }
          tree.remove(one.id)
          #expect(tree.find(one.id) == nil)
          for child in before.all where child.parent == one.id {
            #expect(tree.find(child.id)?.parent == one.parent)
          }
          if before.current == one.id { #expect(tree.current == one.parent) }
        }
        #expect(tree.current.map { tree.find($0) != nil } ?? true)
        for one in tree.all {
          // It ends at a root, in no more steps than there are snapshots.
          var steps = 0
          var parent = one.parent
          while let id = parent, steps <= tree.all.count {
            #expect(tree.find(id) != nil)
            parent = tree.find(id)?.parent
            steps += 1
          }
          #expect(parent == nil)
        }
      }
    }
  }

  @Test func namesAreChecked() throws {
    var tree = SnapshotTree()
    try tree.check(name: "before upgrade", description: "", of: "web")
    tree.add(Self.snapshot(1, parent: nil))
    for (name, code) in [
      ("", Failure.Code.invalid), ("a\u{7}b", .invalid), (String(repeating: "n", count: 129), .invalid),
      ("name 1", .exists), ("6a0b4c6e-51ac-4a3e-9d5c-3c1d8f0b0001", .invalid),
    ] {
      #expect { try tree.check(name: name, description: "", of: "web") } throws: { ($0 as? Failure)?.code == code }
    }
    #expect { try tree.check(name: "x", description: String(repeating: "d", count: 1025), of: "web") } throws: {
      ($0 as? Failure)?.object == "web: description"
    }
    for number in 2...SnapshotTree.most { tree.add(Self.snapshot(number, parent: tree.current)) }
    #expect { try tree.check(name: "one more", description: "", of: "web") } throws: {
      ($0 as? Failure)?.code == .exhausted
    }
  }

  @Test func whatIsOtherwiseIsNamed() {
    let one = SnapshotHardware(
      hypervisor: "QEMU 7.2.22", accelerator: "tcg", machine: "q35", memory: 1 << 27, vcpus: 1,
      devices: ["disk a", "NIC 0"])
    #expect(one.differences(to: one).isEmpty)
    var other = one
    other.hypervisor = "QEMU 10.0.0"
    other.vcpus = 2
    other.devices = ["disk a", "NIC 1"]
    let words = one.differences(to: other)
    #expect(
      words == [
        "the hypervisor was QEMU 7.2.22 and is QEMU 10.0.0", "vcpus was 1 and is 2", "it had NIC 0", "it has NIC 1 now",
      ])
  }

  @Test func consistencyHasAnOrder() {
    #expect(Snapshot.Consistency.allCases.sorted() == [.crash, .filesystem, .memory])
  }
}
