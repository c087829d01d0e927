/// The policies that the programs put on themselves. Each is the reviewed file beside this one, as it was at build time.
public enum Policies {
  /// What netd may ask of the kernel after its start: `seccomp/netd.list`.
  public static var netdSystemCalls: String { String(decoding: PackageResources.netd_list, as: UTF8.self) }

  /// What a hypervisor may ask of the kernel: `seccomp/qemu.list`.
  public static var hypervisorSystemCalls: String { String(decoding: PackageResources.qemu_list, as: UTF8.self) }

  /// What netd lets pass around its ports: `nftables/guard.nft`.
  public static var guardRules: String { String(decoding: PackageResources.guard_nft, as: UTF8.self) }
}
