/// What cloud-init in the guest is told, on a NoCloud seed that is made at each start.
package struct CloudInitSpec: Codable, Sendable, Hashable {
  typealias CodingKeys = SpecKeys.CloudInit

  /// `user-data` as it is; nil is made of `sshKeys`.
  package var userData: String?
  /// `meta-data` as it is; nil names instance and host.
  package var metaData: String?
  /// `network-config` as it is; nil is made of the addresses that netd granted.
  package var networkConfig: String?
  /// `vendor-data` as it is.
  package var vendorData: String?
  /// Public keys that may log in as the image's default user; only without `userData`.
  package var sshKeys: [String]
  /// The guest's own name; nil is the VM's.
  package var hostname: String?

  /// Makes a seed.
  package init(
    userData: String? = nil, metaData: String? = nil, networkConfig: String? = nil, vendorData: String? = nil,
    sshKeys: [String] = [], hostname: String? = nil
  ) {
    self.userData = userData
    self.metaData = metaData
    self.networkConfig = networkConfig
    self.vendorData = vendorData
    self.sshKeys = sshKeys
    self.hostname = hostname
  }
}
