import Access

/// What each method asks of its caller.
///
/// What is named here is permitted to more than those who operate: a method that comes later is closed until somebody thinks
/// of it. Not named, though they change nothing: consoles, logs and pictures of the screen, which are the guest's and may show
/// secrets. What answers of the others quote of these is left out.
enum MethodRights {
  /// Methods by which anybody learns what a node is.
  static let meeting: Set<String> = [
    "grpc.health.v1.Health/Check",
    "grpc.health.v1.Health/List",
    "grpc.health.v1.Health/Watch",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "limiquantix.node.v1.NodeDaemonService/HealthCheck",
    "limiquantix.node.v1.NodeDaemonService/GetNodeInfo",
  ]

  /// Methods that look and change nothing.
  static let looking: Set<String> = [
    "limiquantix.node.v1.NodeDaemonService/GetDownloadStatus",
    "limiquantix.node.v1.NodeDaemonService/GetNetworkPortStatus",
    "limiquantix.node.v1.NodeDaemonService/GetOVSStatus",
    "limiquantix.node.v1.NodeDaemonService/GetStoragePoolInfo",
    "limiquantix.node.v1.NodeDaemonService/GetVMStatus",
    "limiquantix.node.v1.NodeDaemonService/ListImages",
    "limiquantix.node.v1.NodeDaemonService/ListNetworkPorts",
    "limiquantix.node.v1.NodeDaemonService/ListSnapshots",
    "limiquantix.node.v1.NodeDaemonService/ListStoragePoolFiles",
    "limiquantix.node.v1.NodeDaemonService/ListStoragePools",
    "limiquantix.node.v1.NodeDaemonService/ListVMs",
    "limiquantix.node.v1.NodeDaemonService/ListVolumes",
    "limiquantix.node.v1.NodeDaemonService/StreamEvents",
    "limiquantix.node.v1.NodeDaemonService/StreamMetrics",
    "procurator.node.v1.Diagnosis/Doctor",
    "procurator.node.v1.Diagnosis/Explain",
    "procurator.node.v1.Events/Stream",
    "procurator.node.v1.Limits/Capacity",
    "procurator.node.v1.Metrics/Top",
    "procurator.node.v1.Node/Ports",
    "procurator.node.v1.Node/WaitForState",
  ]

  /// - Parameter method: its full name, `SERVICE/METHOD`.
  static func right(to method: String) -> Right {
    if meeting.contains(method) { return .meet }
    return looking.contains(method) ? .look : .operate
  }
}
