import Foundation
import NodeAPI
import SwiftProtobuf
import Testing

@testable import NodeService

/// Which calls the end of a supervisor waits for.
@Suite struct CallsUnderWayTests {
  /// Streams that end by themselves.
  private static let bounded: Set = [
    "limiquantix.node.v1.NodeDaemonService/MigrateVM",
    "procurator.node.v1.Guest/Execute",
  ]
  /// What waits for something that nobody has promised.
  private static let waiting: Set = ["procurator.node.v1.Node/WaitForState"]

  /// A new stream is one or the other.
  @Test func everyStreamIsJudged() throws {
    let set = try #require(Data(base64Encoded: DescriptorSet.base64, options: .ignoreUnknownCharacters))
    var streams: Set<String> = []
    for file in try Google_Protobuf_FileDescriptorSet(serializedBytes: set).file {
      for service in file.service {
        for method in service.method where method.serverStreaming {
          streams.insert("\(file.package).\(service.name)/\(method.name)")
        }
      }
    }
    #expect(streams.union(Self.waiting) == CallsUnderWay.endless.union(Self.bounded))
    #expect(CallsUnderWay.endless.isDisjoint(with: Self.bounded))
  }

  @Test func nobodyIsWaitedForWhereNobodyCalls() async {
    #expect(await CallsUnderWay().end(within: .seconds(60)) == false)
  }
}
