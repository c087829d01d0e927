// swift-tools-version: 6.2
import PackageDescription

// A warning is an error where the change is judged; elsewhere a newer compiler must not stop a build.
let warnings: [SwiftSetting] =
  Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let strict: [SwiftSetting] =
  warnings + [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ]

let package = Package(
  name: "procurator",
  products: [
    .executable(name: "netd", targets: ["netd"]),
    .executable(name: "vmlaunch", targets: ["vmlaunch"]),
    .executable(name: "vmsupervisor", targets: ["vmsupervisor"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0", traits: []),
    .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.2"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf.git", from: "2.4.1"),
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CMnl", pkgConfig: "libmnl", providers: [.apt(["libmnl-dev"])]),
    .systemLibrary(name: "CCapNg", pkgConfig: "libcap-ng", providers: [.apt(["libcap-ng-dev"])]),
    .systemLibrary(name: "CInih", pkgConfig: "inih", providers: [.apt(["libinih-dev"])]),
    .target(name: "CLinux", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    .target(name: "Failure", swiftSettings: strict),
    .target(name: "Linux", dependencies: ["CLinux", "Failure"], swiftSettings: strict),
    .target(name: "Netlink", dependencies: ["CMnl", "Failure", "Linux"], swiftSettings: strict),
    .target(name: "Configuration", dependencies: ["CInih", "Failure"], swiftSettings: strict),
    .target(name: "IPC", dependencies: ["Failure", "Linux"], swiftSettings: strict),
    .target(name: "IPCPeer", dependencies: ["Failure", "IPC", "Linux"], swiftSettings: strict),
    .executableTarget(
      name: "netd",
      dependencies: ["CCapNg", "Configuration", "Failure", "IPC", "Linux", "Netlink"],
      swiftSettings: strict),
    .executableTarget(
      name: "vmlaunch", dependencies: ["CCapNg", "Failure", "IPC", "IPCPeer", "Linux"], swiftSettings: strict),
    .target(name: "Life", dependencies: ["Failure"], swiftSettings: strict),
    .target(
      name: "Hypervisor",
      dependencies: ["Failure", "Linux", .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    .target(
      name: "NodeAPI",
      dependencies: [
        "Failure",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .executableTarget(
      name: "vmsupervisor",
      dependencies: [
        "Configuration", "Failure", "Hypervisor", "IPC", "IPCPeer", "Life", "Linux", "NodeAPI",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: strict),
    // Takes the samples of `make bench`; installed nowhere.
    .executableTarget(
      name: "bench",
      dependencies: [
        "Failure", "IPC", "IPCPeer", "Linux", "NodeAPI",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], path: "Benchmarks/bench", swiftSettings: strict),
    .target(name: "Seeded", path: "Tests/Seeded", swiftSettings: strict),
    .testTarget(name: "IPCTests", dependencies: ["Seeded", "IPC", "IPCPeer", "Failure", "Linux"]),
    .testTarget(name: "LifeTests", dependencies: ["Seeded", "Life", "Failure"]),
    .testTarget(
      name: "NetdTests",
      dependencies: ["Seeded", "netd", "Configuration", "IPC", "IPCPeer", "Failure", "Linux", "Netlink"]),
    .testTarget(name: "HypervisorTests", dependencies: ["Seeded", "Hypervisor", "Failure", "Linux"]),
    .testTarget(
      name: "SupervisorTests",
      dependencies: ["vmsupervisor", "Hypervisor", "IPC", "Life", "Failure", "CLinux", "Linux", "NodeAPI"]),
  ],
  swiftLanguageModes: [.v6]
)
