import Glibc
import Linux
import Netlink
import Testing

extension RealKernel {
  /// Reading the packet filter.
  @Suite struct NetfilterTests {
    /// Where nft(8) is; nil if it is not installed.
    static let nft = ["/usr/sbin/nft", "/sbin/nft"].first { (path: String) in access(path, X_OK) == 0 }

    /// Runs nft in the namespace of the calling thread.
    private static func run(_ rules: String) throws {
      let program = try #require(nft)
      let null = Descriptor(owning: open("/dev/null", O_RDWR | O_CLOEXEC))
      let process = try ProcessHandle.spawn(
        program, arguments: [program, rules], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
        descriptors: [(null.raw, 0), (null.raw, 1), (2, 2)])
      try #require(try process.reap(blocking: true) == .exited(0))
    }

    @Test func anEmptyNamespaceHasNoChain() throws {
      try Namespace.run { _ in
        var filter = try NetfilterSocket()
        #expect(try filter.baseChains().isEmpty)
      }
    }

    @Test(.enabled(if: nft != nil, "needs nft"))
    func baseChainsAreReadWithTheirPolicy() throws {
      try Namespace.run { _ in
        try Self.run(
          """
          add table ip filter
          add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }
          add chain ip filter DOCKER-USER
          add table inet mine
          add chain inet mine input { type filter hook input priority -10; policy accept; }
          add table ip nat
          add chain ip nat post { type nat hook postrouting priority 100; }
          add table bridge guard
          add chain bridge guard frames { type filter hook forward priority -200; policy drop; }
          """)
        var filter = try NetfilterSocket()
        let chains = try filter.baseChains()
        #expect(Set(chains.map(\.name)) == ["FORWARD", "input", "post", "frames"])
        let docker = try #require(chains.first { $0.name == "FORWARD" })
        #expect(docker.family == .ip && docker.table == "filter" && docker.type == "filter")
        #expect(docker.hook == BaseChain.forward && docker.priority == 0 && docker.isDropping)
        let input = try #require(chains.first { $0.name == "input" })
        #expect(input.family == .inet && input.table == "mine" && input.hook == 1)
        #expect(input.priority == -10 && !input.isDropping)
        let nat = try #require(chains.first { $0.name == "post" })
        #expect(nat.type == "nat" && nat.hook == 4 && nat.priority == 100 && !nat.isDropping)
        let bridge = try #require(chains.first { $0.name == "frames" })
        #expect(bridge.family == .bridge && bridge.hook == BaseChain.forward && bridge.isDropping)
      }
    }

    @Test(.enabled(if: nft != nil, "needs nft"))
    func manyChainsComeInSeveralParts() throws {
      try Namespace.run { _ in
        try Self.run(
          "add table inet many\n"
            + (0..<600).map {
              "add chain inet many chain\($0) { type filter hook forward priority \($0); policy drop; }\n"
            }.joined())
        var filter = try NetfilterSocket()
        let chains = try filter.baseChains()
        #expect(chains.count == 600 && Set(chains.map(\.priority)) == Set(0..<600))
        #expect(chains.count { $0.isDropping } == 600)
      }
    }
  }
}
