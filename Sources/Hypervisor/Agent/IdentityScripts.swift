package import Failure
import Text

/// What makes a guest another one that goes on from the memory of one that may still live: its virtio cards are let go and taken
/// again, whereby they have the hardware addresses of their hypervisor (`virtio_net_reset` of QEMU), and it has another host name.
/// For guests of Linux with `sh` and sysfs.
package enum IdentityScripts {
  /// A card as the host has it.
  package struct Card: Hashable, Sendable {
    /// `02:50:0a:64:03:11`.
    package var mac: String
    /// With prefix length.
    package var address: String
    /// Empty if nobody leads out of its network.
    package var gateway: String

    package init(mac: String, address: String, gateway: String) {
      self.mac = mac
      self.address = address
      self.gateway = gateway
    }
  }

  /// Arguments: the host name, then the hardware address of each card. Again is the same.
  static let renewing = """
    name=$1; shift
    driver=/sys/bus/virtio/drivers/virtio_net
    for device in "$driver"/virtio*; do
      [ -e "$device" ] || continue
      for link in "$device"/net/*; do
        [ -e "$link/address" ] || continue
        known=$(cat "$link/address")
        for mac; do [ "$known" != "$mac" ] || continue 3; done
      done
      echo "${device##*/}" >"$driver/unbind" && echo "${device##*/}" >"$driver/bind" || exit
    done
    for mac; do
      grep -qsx "$mac" /sys/class/net/*/address || { echo "no card has $mac" >&2; exit 1; }
    done
    if [ -d /run/systemd/system ] && command -v hostnamectl >/dev/null; then hostnamectl set-hostname "$name"
    else
      hostname "$name" || exit
      [ ! -e /etc/hostname ] || echo "$name" >/etc/hostname
    fi
    """

  /// Arguments: hardware address, address with prefix and gateway of each card. What manages networks in the guest has time to ask
  /// by DHCP; a guest without such a thing is given the same as it would hear.
  static let addressing = """
    while [ $# -ge 3 ]; do
      mac=$1 address=$2 gateway=$3; shift 3
      for path in /sys/class/net/*; do
        [ "$(cat "$path/address" 2>/dev/null)" = "$mac" ] || continue
        device=${path##*/}
        ip link set "$device" up
        tries=0
        if [ -d /run/systemd/netif ] || [ -d /run/NetworkManager ]; then tries=20; fi
        while ! ip addr show dev "$device" | grep -q "inet ${address%/*}/"; do
          if [ $tries -gt 0 ]; then tries=$((tries - 1)); sleep 1; continue; fi
          ip addr add "$address" dev "$device" || exit
          [ -z "$gateway" ] || ip route show default | grep -q . || ip route add default via "$gateway" dev "$device" || exit
          break
        done
      done
    done
    """

  static func run(_ agent: GuestAgent, _ script: String, _ arguments: [String]) async throws(Failure) {
    let operation = "tell guest who it is"
    let program = GuestProgram("sh", arguments: ["-c", script, "sh"] + arguments, outputLimit: 64 << 10)
    switch try await agent.runToEnd(program, timeout: .seconds(60)) {
    case .ended(let result):
      guard result.shellStatus != 0 else { return }
      let words = String(decoding: result.errors.suffix(500), as: UTF8.self).split(separator: "\n").last ?? ""
      throw Failure(
        .system, part: .agent, operation: operation, cause: "its words are: \(words)", remedy: "reboot the guest")
    case .notStarted(let refusal):
      throw Failure(
        .state, part: .agent, operation: operation, cause: "the guest has no sh: \(refusal.words)",
        remedy: "reboot the guest")
    case .late(let delay):
      var failure = delay.failure("sh", .seconds(60))
      failure.operation = operation
      throw failure
    }
  }
}

extension GuestAgent {
  /// Gives the guest a host name, and its virtio cards the hardware addresses that their hypervisor has for them.
  package func renew(name: String, cards: [IdentityScripts.Card]) async throws(Failure) {
    try await IdentityScripts.run(self, IdentityScripts.renewing, [name] + cards.map(\.mac))
  }

  /// Sees to it that its cards have their addresses.
  package func address(_ cards: [IdentityScripts.Card]) async throws(Failure) {
    try await IdentityScripts.run(
      self, IdentityScripts.addressing, cards.flatMap { [$0.mac, $0.address, $0.gateway] })
  }
}
