import Failure
import Foundation
import Glibc
import IPC
import IPCFrames
import IPCPeer
import Linux
import Testing

@testable import NetworkPlan
@testable import netd

extension RealNetd {
  /// What a client can and cannot do to netd and to other clients.
  @Suite struct PeerTests {
    @Test func anotherUsersHandleIsNotFound() throws {
      try Rig.run { rig in
        let vm = someVM()
        var session = try Session(rig)
        var other = try Session(rig, uid: 64243)
        let port = try session.attach(vm)
        let theirs = other.refusal(Detach(handle: port.handle))
        #expect(theirs?.code == .notFound && theirs == other.refusal(Detach(handle: 12345)))
        #expect(try other.ports().isEmpty && other.forget(vm) == 0)
        let wanted = other.refusal(Attach(vm: vm, nic: 0, network: "default", address: port.reply.port.address))
        #expect(wanted?.code == .exists && wanted?.description.contains(vm.text) == false)
        let own = try other.attach(vm)
        #expect(own.reply.slot != port.reply.slot)
        #expect(try session.ports().count == 2 && other.ports().count == 1, "root sees all, others their own")
        _ = try session.forget(vm)
        _ = try other.forget(vm)
      }
    }

    @Test func whoBreaksTheProtocolIsCutOffAlone() throws {
      try Rig.run { rig in
        var good = try Session(rig)
        let hello = try Frame.encode(FrameHeader(id: 1, verb: 1, kind: .request), Hello(client: "x\u{1b}[2J"))
        let attach = try Frame.encode(
          FrameHeader(id: 1, verb: Verb.attach.rawValue, kind: .request),
          Attach(vm: someVM(), nic: 0, network: "default"))
        let bad: [(String, [[UInt8]], [Int32])] = [
          ("random", [[1, 2, 3]], []), ("out of phase", [attach], []), ("attach before keep", [hello, attach], []),
          ("hello twice", [hello, hello], []), ("trailing bytes", [hello + [0]], []),
          ("unknown verb", [[1, 0, 0, 0, 99, 0, 0, 0]], []), ("a reply", [[1, 0, 0, 0, 1, 0, 1, 0]], []),
          ("oversized", [[UInt8](repeating: 0, count: Wire.maxFrame + 1)], []), ("descriptors", [hello], [0]),
        ]
        for (name, frames, descriptors) in bad {
          let socket = try UnixSocket.connect(rig.socket, .packets)
          for frame in frames { try? Packets.send(frame, numbers: descriptors, to: socket.raw) }
          #expect(Self.isClosed(socket.raw), "\(name)")
          #expect(try good.ports().isEmpty)
        }
        #expect(try good.audit().refusedFrames == UInt32(bad.count))
      }
    }

    /// Reads until the other end has closed; false if it does not within five seconds.
    private static func isClosed(_ socket: Int32) -> Bool {
      var limit = timeval(tv_sec: 5, tv_usec: 0)
      setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      var buffer = [UInt8](repeating: 0, count: Wire.maxFrame)
      while true {
        let got = recv(socket, &buffer, buffer.count, 0)
        if got == 0 || (got < 0 && errno == ECONNRESET) { return true }
        if got < 0 { return false }
      }
    }

    @Test func whoDoesNotReadItsAnswersIsCutOff() throws {
      try Rig.run { rig in
        var good = try Session(rig)
        let socket = try UnixSocket.connect(rig.socket, .packets)
        try Packets.send(
          try Frame.encode(FrameHeader(id: 1, verb: 1, kind: .request), Hello(client: "deaf")), to: socket.raw)
        let question = try Frame.encode(FrameHeader(id: 2, verb: Verb.audit.rawValue, kind: .request), Audit())
        _ = fcntl(socket.raw, F_SETFL, O_NONBLOCK)
        let end = Date().addingTimeInterval(5)
        var isCut = false
        while !isCut, Date() < end {
          do throws(Errno) { try Packets.send(question, to: socket.raw) } catch { isCut = !error.isAgain }
          #expect(try good.ports().isEmpty)
        }
        #expect(isCut)
      }
    }

    @Test func anotherVersionGetsAReason() throws {
      try Rig.run { rig in
        var connection = try Connection.open(rig.socket, peer: "netd")
        var hello = Hello(client: "future")
        hello.oldest = 7
        hello.newest = 9
        do throws(Failure) {
          _ = try connection.call(hello)
          Issue.record("it was taken")
        } catch { #expect(error.code == .protocol && error.cause.contains("7 to 9")) }
        do throws(Failure) {
          _ = try connection.call(Hello(client: "future"))
          Issue.record("the connection is still open")
        } catch { #expect(error.code == .unavailable) }
      }
    }

    /// What clients of these versions say of names and domains must not be half understood.
    @Test(arguments: [UInt16(1), 2, 3])
    func formerVersionsAreRefusedAsSuch(_ version: UInt16) throws {
      try Rig.run { rig in
        var connection = try Connection.open(rig.socket, peer: "netd")
        var hello = Hello(client: "former")
        (hello.oldest, hello.newest) = (1, version)
        do throws(Failure) {
          _ = try connection.call(hello)
          Issue.record("it was taken")
        } catch {
          #expect(error.code == .protocol && error.cause == "it speaks protocol 4 to 4, the client 1 to \(version)")
          #expect(error.remedy == "install the same release of both")
        }
      }
    }

    @Test func quotasAndAddressesAreRefusedInWords() throws {
      try Rig.run(netd: "Grace=300ms\nSpare=2\nMaxPortsPerUser=2") { rig in
        let vm = someVM()
        var session = try Session(rig)
        _ = try session.attach(vm, nic: 0)
        _ = try session.attach(vm, nic: 1)
        let third = session.refusal(Attach(vm: vm, nic: 2, network: "default"))
        #expect(third?.code == .exhausted && third?.cause.contains("2") == true)
        #expect(try session.forget(vm) == 2)
        let network = session.refusal(Attach(vm: vm, nic: 0, network: "lan"))
        #expect(network?.code == .notFound && network?.cause.contains("default") == true)
        let address = session.refusal(
          Attach(vm: vm, nic: 0, network: "default", address: IPv4.parse("192.168.1.1") ?? 0))
        #expect(address?.code == .invalid && address?.cause.contains("10.100.0.0/16") == true)
        let fixed = IPv4.parse("10.100.2.77") ?? 0
        let port = try session.attach(vm, address: fixed).reply
        #expect(port.port.address == fixed && port.port.tap == "pcr2-77")
        let taken = session.refusal(Attach(vm: someVM(), nic: 0, network: "default", address: fixed))
        #expect(taken?.code == .exists)
        _ = try session.forget(vm)
      }
    }

    @Test func devicesAreWhatTheConfigurationAllows() throws {
      try Rig.run(netd: "Grace=300ms\nSpare=0\nDevices=kvm vhost-net") { rig in
        var session = try Session(rig)
        let denied = session.refusal(Device(kind: .vhostVsock))
        #expect(denied?.code == .denied && denied?.remedy.contains("Devices=") == true)
        for (kind, path) in [(DeviceKind.kvm, "/dev/kvm"), (.vhostNet, "/dev/vhost-net")] {
          guard access(path, F_OK) == 0 else {
            #expect(session.refusal(Device(kind: kind))?.code == .unsupported)
            continue
          }
          var answer = try session.connection.call(Device(kind: kind), expecting: 1)
          guard let device = answer.take() else { throw Errno(EBADF) }
          let name = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(device.raw)")
          #expect(name == path)
        }
      }
    }
  }
}
