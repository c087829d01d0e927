/// How the host's users and groups are found, by name or number. Asked only while the configuration is read.
package struct Accounts: Sendable {
  /// The number of a user; nil if there is none.
  package let uid: @Sendable (String) -> UInt32?
  /// The number of a group; nil if there is none.
  package let gid: @Sendable (String) -> UInt32?
  /// The number of a user that this host itself has, not a directory (nsswitch.conf(5)); nil if there is none.
  package let local: @Sendable (String) -> UInt32?

  /// Says how.
  package init(
    uid: @escaping @Sendable (String) -> UInt32?, gid: @escaping @Sendable (String) -> UInt32?,
    local: @escaping @Sendable (String) -> UInt32?
  ) {
    self.uid = uid
    self.gid = gid
    self.local = local
  }

  /// Those of nowhere: a number stands for itself, and no name is known.
  package static let numbers = Accounts(uid: { UInt32($0) }, gid: { UInt32($0) }, local: { _ in nil })
}
