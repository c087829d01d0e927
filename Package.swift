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

/// A folder of Fuzz/ each.
let fuzzers = ["Frames", "Replies", "Settings", "Names", "Lines", "Specs"]
/// Where the readers are that they feed.
let decoded: [Target.Dependency] = [
  "Configuration", "Failure", "Hypervisor", "HypervisorQEMU", "IPC", "IPCFrames", "IPCNames", "IPCPeer", "Linux",
  "Netlink", "NetworkPlan", "Text", "VMSpec",
]

let package = Package(
  name: "procurator",
  products: [
    .executable(name: "netd", targets: ["netd"]),
    .executable(name: "netdns", targets: ["netdns"]),
    .executable(name: "vmlaunch", targets: ["vmlaunch"]),
    .executable(name: "vmfetch", targets: ["vmfetch"]),
    .executable(name: "vmsupervisor", targets: ["vmsupervisor"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0", traits: []),
    .package(url: "https://github.com/grpc/grpc-swift-2.git", from: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport.git", from: "2.9.2"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf.git", from: "2.4.1"),
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CMnl", pkgConfig: "libmnl", providers: [.apt(["libmnl-dev"])]),
    .systemLibrary(name: "CCapNg", pkgConfig: "libcap-ng", providers: [.apt(["libcap-ng-dev"])]),
    .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    .systemLibrary(name: "CNftables", pkgConfig: "libnftables", providers: [.apt(["libnftables-dev"])]),
    .systemLibrary(name: "CInih", pkgConfig: "inih", providers: [.apt(["libinih-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CLinux", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    .target(name: "CRelease", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    .target(name: "Failure", dependencies: ["CRelease"], swiftSettings: strict),
    .target(name: "Linux", dependencies: ["CLinux", "Failure"], swiftSettings: strict),
    .target(name: "Seccomp", dependencies: ["CLinux", "CSeccomp", "Failure", "Linux"], swiftSettings: strict),
    // Reviewed text that programs load: compiled in, so that no file has to be found, trusted or kept in step.
    .target(
      name: "Policies", path: "policies",
      resources: [
        .embedInCode("seccomp/netd.list"), .embedInCode("seccomp/qemu.list"), .embedInCode("nftables/guard.nft"),
      ],
      swiftSettings: strict),
    .target(name: "Netlink", dependencies: ["CMnl", "Failure", "Linux"], swiftSettings: strict),
    .target(name: "Configuration", dependencies: ["CInih", "Failure", "Linux"], swiftSettings: strict),
    // Packets and how fields stand in them: what netd's protocol and netdns's share.
    .target(name: "IPCFrames", dependencies: ["Failure"], swiftSettings: strict),
    .target(name: "IPC", dependencies: ["IPCFrames", "Linux"], swiftSettings: strict),
    .target(name: "IPCPeer", dependencies: ["Failure", "IPC", "IPCFrames", "Linux"], swiftSettings: strict),
    // What netdns is told. Root does not link it.
    .target(name: "IPCNames", dependencies: ["IPC", "IPCFrames"], swiftSettings: strict),
    // What there is to know of networks and ports without looking at a kernel.
    .target(
      name: "NetworkPlan", dependencies: ["Configuration", "Failure", "IPC", "IPCFrames", "Linux", "Policies"],
      swiftSettings: strict),
    .executableTarget(
      name: "netd",
      dependencies: [
        "CCapNg", "CNftables", "Configuration", "Failure", "IPC", "IPCFrames", "Linux", "Netlink", "NetworkPlan",
        "Policies",
        "Seccomp",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "netdns",
      dependencies: [
        "CCapNg", "Configuration", "Failure", "IPC", "IPCFrames", "IPCNames", "IPCPeer", "Linux", "NetworkPlan",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "vmlaunch", dependencies: ["CCapNg", "CLinux", "Failure", "IPC", "IPCFrames", "IPCPeer", "Linux"],
      swiftSettings: strict),
    // Speaks with servers of others for vmsupervisor, confined as tools are.
    .executableTarget(
      name: "vmfetch", dependencies: ["CCurl"], swiftSettings: strict,
      linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=connect"])]),
    .target(name: "Life", dependencies: ["Failure"], swiftSettings: strict),
    // Who may ask for what.
    .target(name: "Access", swiftSettings: strict),
    .target(name: "Text", dependencies: ["Failure", "Linux"], swiftSettings: strict),
    // Who may speak with whom: certificates, and how they are made. No network.
    .target(
      name: "Certificates",
      dependencies: [
        "Access", "Failure", "Linux", "Text",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ], swiftSettings: strict),
    .target(
      name: "VMSpec",
      dependencies: ["Failure", "IPC", "IPCNames", "Linux", "Text", .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    .target(
      name: "Storage",
      dependencies: ["Failure", "Linux", "Text", "VMSpec", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),
    .target(name: "Hypervisor", dependencies: ["Failure", "Life", "Linux", "Text", "VMSpec"], swiftSettings: strict),
    .target(
      name: "HypervisorQEMU", dependencies: ["Failure", "Hypervisor", "Life", "Linux", "Text", "VMSpec"],
      swiftSettings: strict),
    .target(
      name: "NodeAPI",
      dependencies: [
        "Failure",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    // What a node does, without a wire: no gRPC, no command line.
    .target(
      name: "NodeCore",
      dependencies: [
        "Access", "Configuration", "Failure", "Hypervisor", "IPC", "IPCFrames", "IPCNames", "IPCPeer", "Life", "Linux",
        "Policies",
        "Seccomp", "Storage", "Text", "VMSpec",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: strict),
    .target(
      name: "NodeDiagnosis",
      dependencies: [
        "Certificates", "Failure", "Hypervisor", "IPC", "IPCPeer", "Life", "Linux", "NodeCore", "Storage", "Text",
        "VMSpec",
      ], swiftSettings: strict),
    .target(
      name: "NodeService",
      dependencies: [
        "Access", "Certificates", "Failure", "Hypervisor", "IPC", "Life", "Linux", "NodeAPI", "NodeCore",
        "NodeDiagnosis", "Storage", "Text", "VMSpec",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], swiftSettings: strict),
    .target(
      name: "NodeClient",
      dependencies: [
        "Certificates", "Failure", "Linux", "NodeAPI", "Text",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ], swiftSettings: strict),
    .target(
      name: "CommandLine",
      dependencies: [
        "Access", "Certificates", "Configuration", "Failure", "Linux", "NodeAPI", "NodeClient", "Text", "VMSpec",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        .product(name: "Yams", package: "Yams"),
      ], swiftSettings: strict),
    .executableTarget(
      name: "vmsupervisor",
      dependencies: [
        "CommandLine", "Failure", "HypervisorQEMU", "Linux", "NodeAPI", "NodeCore", "NodeDiagnosis", "NodeService",
        "Storage",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: strict),
    // Takes the samples of `make bench`; installed nowhere.
    .executableTarget(
      name: "bench",
      dependencies: [
        "Failure", "IPC", "IPCFrames", "IPCPeer", "Linux", "NodeAPI",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], path: "Benchmarks/bench", swiftSettings: strict),
    .target(name: "Seeded", path: "Tests/Seeded", swiftSettings: strict),
    .target(name: "Words", path: "Tests/Words", swiftSettings: strict),
    .testTarget(
      name: "IPCTests", dependencies: ["Seeded", "IPC", "IPCFrames", "IPCNames", "IPCPeer", "Failure", "Linux"],
      exclude: ["wire-1.tsv", "wire-2.tsv", "wire-4.tsv"]),
    // Makes any system call under netd's filter, for SeccompTests; installed nowhere.
    .executableTarget(
      name: "forbidden", dependencies: ["Failure", "Policies", "Seccomp"], path: "Tests/Forbidden",
      swiftSettings: strict),
    // Runs netd on a kernel that has VLANs, in a small machine, for NetdTests; installed nowhere.
    .executableTarget(
      name: "vlanhosts", dependencies: ["CLinux", "Failure", "IPC", "IPCFrames", "IPCPeer", "Linux", "Netlink"],
      path: "Tests/VlanHosts", swiftSettings: strict),
    // A hypervisor without a guest, for tests and `make bench`; installed nowhere. A thousand of them run at a time: with
    // Swift's libraries in the program each starts sooner and is smaller.
    .executableTarget(
      name: "standin", dependencies: ["Linux", "Words"], path: "Tests/StandIn",
      swiftSettings: strict + [.unsafeFlags(["-static-stdlib"])], linkerSettings: [.unsafeFlags(["-static-stdlib"])]),
    // A hypervisor that tries what it must not, for SupervisorTests; installed nowhere. Swift's libraries are in it, as in
    // the stand-in.
    .executableTarget(
      name: "confined", dependencies: ["Words"], path: "Tests/Confinement",
      swiftSettings: strict + [.unsafeFlags(["-static-stdlib"])], linkerSettings: [.unsafeFlags(["-static-stdlib"])]),
    .testTarget(name: "SeccompTests", dependencies: ["forbidden", "Policies", "Seccomp", "Failure", "Linux"]),
    .testTarget(name: "LifeTests", dependencies: ["Seeded", "Life", "Failure"]),
    .testTarget(
      name: "NetdTests",
      dependencies: [
        "Seeded", "netd", "vlanhosts", "CLinux", "IPC", "IPCFrames", "IPCPeer", "Failure", "Linux",
        "Netlink", "NetworkPlan",
      ]),
    .testTarget(
      name: "NetworkPlanTests",
      dependencies: ["Seeded", "Configuration", "Failure", "IPC", "IPCPeer", "Linux", "NetworkPlan"]),
    .testTarget(
      name: "NetdnsTests",
      dependencies: [
        "Seeded", "netdns", "CLinux", "Configuration", "Failure", "IPC", "IPCFrames", "IPCNames", "IPCPeer", "Linux",
        "NetworkPlan",
      ]),
    .testTarget(name: "NetlinkTests", dependencies: ["Netlink", "CMnl", "CLinux", "Failure", "Linux"]),
    .testTarget(name: "TextTests", dependencies: ["Seeded", "Text"]),
    .testTarget(
      name: "CertificatesTests",
      dependencies: [
        "Seeded", "Access", "Certificates", "Failure", "Linux",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ]),
    .testTarget(name: "VMSpecTests", dependencies: ["Failure", "IPC", "IPCNames", "Seeded", "Text", "VMSpec"]),
    .testTarget(name: "StorageTests", dependencies: ["Seeded", "Failure", "Linux", "Storage", "VMSpec"]),
    .testTarget(
      name: "HypervisorTests",
      dependencies: ["Seeded", "Failure", "Hypervisor", "HypervisorQEMU", "Linux", "Storage", "Text", "VMSpec"]),
    .testTarget(
      name: "NodeCoreTests",
      dependencies: [
        "Seeded", "Access", "Failure", "Hypervisor", "HypervisorQEMU", "IPC", "IPCPeer", "Life",
        "Linux", "NodeCore", "Storage", "Text", "VMSpec",
        .product(name: "Logging", package: "swift-log"),
      ], exclude: ["Former"]),
    .testTarget(
      name: "NodeDiagnosisTests",
      dependencies: [
        "Failure", "Hypervisor", "HypervisorQEMU", "IPC", "IPCFrames", "Life", "Linux", "NodeCore", "NodeDiagnosis",
        "Storage",
        "Text",
        "VMSpec",
      ]),
    .testTarget(
      name: "NodeServiceTests",
      dependencies: [
        "Access", "Certificates", "Failure", "IPC", "Life", "Linux", "NodeAPI", "NodeClient", "NodeCore", "NodeService",
        "Seeded",
        "Text", "VMSpec",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
      ]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "Seeded", "Access", "Certificates", "CommandLine", "Failure", "Linux", "NodeAPI", "NodeClient", "Text",
        "VMSpec",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "GRPCCore", package: "grpc-swift-2"),
      ]),
    .testTarget(
      name: "SupervisorTests",
      dependencies: [
        "Seeded", "vmsupervisor", "CLinux", "CommandLine", "Configuration", "Failure", "Hypervisor", "HypervisorQEMU",
        "IPC", "IPCFrames", "IPCNames", "IPCPeer", "Life", "Linux", "NodeAPI", "NodeClient", "NodeCore",
        "NodeDiagnosis",
        "NodeService",
        "Storage",
        "Text", "VMSpec",
      ]),
    .testTarget(
      name: "ManualTests",
      dependencies: [
        "netdns", "vmsupervisor", "Configuration", "NetworkPlan", "NodeCore", "VMSpec",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    // Replays what the fuzzers found.
    .testTarget(
      name: "FuzzTests",
      dependencies: decoded, path: "Fuzz", exclude: ["corpus", "regressions", "run", "keep"] + fuzzers,
      sources: ["Decoders", "Replay"]),
  ],
  swiftLanguageModes: [.v6]
)

// For `Fuzz/run`: the fuzzers and the libraries that they reach, and nothing else. The package's dependencies stay as
// they are, so that Package.resolved does too.
if Context.environment["PROCURATOR_FUZZ"] != nil {
  let others = [
    "Certificates", "CommandLine", "NodeAPI", "NodeClient", "NodeCore", "NodeDiagnosis", "NodeService", "Seeded",
    "Storage", "Words",
  ]
  package.targets.removeAll { $0.type == .test || $0.type == .executable || others.contains($0.name) }
  package.targets += [
    .target(
      name: "Decoders", dependencies: decoded, path: "Fuzz/Decoders", swiftSettings: strict)
  ]
  package.products = []
  for name in fuzzers {
    // The main function is libFuzzer's.
    package.targets.append(
      .executableTarget(
        name: "Fuzz\(name)", dependencies: ["Decoders"], path: "Fuzz/\(name)",
        swiftSettings: [.unsafeFlags(["-parse-as-library"])]))
    package.products.append(.executable(name: "Fuzz\(name)", targets: ["Fuzz\(name)"]))
  }
}
