import Testing

@testable import HypervisorQEMU
@testable import Text

@Suite struct DeviceEventTests {
  /// The inner device of each virtio device says that it has gone too, without a name.
  @Test func onlyNamedDevicesLeave() throws {
    let named: JSON = ["event": "DEVICE_DELETED", "data": ["device": "blk3", "path": "/machine/peripheral/blk3"]]
    #expect(QMPEvent(named)?.kind == .deviceDeleted(id: "blk3"))
    let inner: JSON = ["event": "DEVICE_DELETED", "data": ["path": "/machine/peripheral/blk3/virtio-backend"]]
    #expect(QMPEvent(inner)?.kind == .other("DEVICE_DELETED"))
  }
}
