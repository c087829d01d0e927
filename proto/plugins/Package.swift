// swift-tools-version: 6.2
import PackageDescription

// Holds nothing of its own: it lets `proto/generate` build the two protoc plugins from the same releases that the
// programs link, apart from the programs' own build folder.
let package = Package(
  name: "plugins",
  dependencies: [
    .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0", traits: []),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf.git", from: "2.4.1"),
  ]
)
