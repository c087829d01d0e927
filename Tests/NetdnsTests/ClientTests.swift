import CLinux
import Failure
import Foundation
import Glibc
import IPC
import IPCFrames
import IPCNames
import IPCPeer
import Linux
import Testing

@testable import netdns

extension RealDnsmasq {
  /// What may be said on the socket of netdns, and what becomes of who says something else.
  @Suite struct ClientTests {
    /// A user that has no port, in the group of the socket.
    private static let stranger: UInt32 = 64_301

    /// Connects as another user. Who it is counts at connect time, so only that happens on the user's own thread.
    private static func connect(_ host: Host, as uid: UInt32) throws -> Connection {
      let path = host.names
      let cell = try Host.onThread {
        try Errno.check(clinux_thread_identity(uid, 65_534))
        return DescriptorCell(try UnixSocket.connect(path, .packets))
      }
      guard let socket = cell.take() else { throw Errno(EBADF) }
      var connection = Connection(socket, peer: "netdns")
      _ = try connection.call(Greet(client: "stranger"))
      return connection
    }

    private static func refusal<R: Request>(_ request: R, _ netdns: inout Connection) -> Failure? {
      do throws(Failure) {
        _ = try netdns.call(request)
        return nil
      } catch { return error }
    }

    @Test func nobodySpeaksForAnothersVM() throws {
      var model = Host.model
      model.profiles = [ListEntry(7, "default", port: 15400, ["a.example"])]
      try Host.run(model) { host in
        try host.expect(["net-default", "net-lab", "profile-00000007-15400"])
        let guest = try host.guest("br0", "10.100.0.20", gateway: "10.100.0.1")
        let web = DNSAnswer(status: 0, records: ["10.100.0.17"])
        try guest.expect("web.default.internal", web)
        let pids = host.instances()
        var stranger = try Self.connect(host, as: Self.stranger)
        // Its words about a VM and a list of root's are taken and mean nothing.
        let vm = try #require(Host.model.names.first).vm
        #expect(Self.refusal(TellName(vm: vm, network: "default", name: "stolen"), &stranger) == nil)
        #expect(Self.refusal(TellDomains(list: 7, domains: ["evil.example"]), &stranger) == nil)
        let own = VMIdentity(high: 9, low: 9)
        let taken = Self.refusal(TellName(vm: own, network: "default", name: "web"), &stranger)
        #expect(taken?.code == .exists && taken?.remedy == "choose another name")
        usleep(300_000)
        #expect(try guest.resolve("web.default.internal") == web)
        #expect(try guest.resolve("stolen.default.internal")?.status == 3)
        #expect(host.instances() == pids, "the list is what it was")
      }
    }

    @Test func whoBreaksTheProtocolIsCutOffAlone() throws {
      try Host.run { host in
        try host.expect(["net-default", "net-lab"])
        try wait("it listens") { Files.isSocket(host.names) }
        var good = try Connection.open(host.names, peer: "netdns")
        _ = try good.call(Greet(client: "good"))
        let greet = try Frame.encode(FrameHeader(id: 1, verb: 1, kind: .request), Greet(client: "bad"))
        let name = try Frame.encode(
          FrameHeader(id: 2, verb: 2, kind: .request), TellName(vm: VMIdentity(), network: "default", name: "x"))
        // The first, as one user gets one line a second.
        let bad: [(String, [[UInt8]], [Int32])] = [
          ("unknown verb", [greet, [1, 0, 0, 0, 99, 0, 0, 0]], []), ("random", [[1, 2, 3]], []),
          ("out of phase", [name], []), ("greeted twice", [greet, greet], []), ("trailing bytes", [greet + [0]], []),
          ("a reply", [[1, 0, 0, 0, 1, 0, 1, 0]], []), ("descriptors", [greet], [0]),
          ("oversized", [[UInt8](repeating: 0, count: Wire.maxFrame + 1)], []),
          ("a name with NUL", [greet, Array(name.dropLast()) + [0]], []),
        ]
        for (what, frames, descriptors) in bad {
          let socket = try UnixSocket.connect(host.names, .packets)
          for frame in frames { try? Packets.send(frame, numbers: descriptors, to: socket.raw) }
          #expect(Self.isClosed(socket.raw), "\(what)")
          #expect(Self.refusal(TellDomains(list: 1, domains: ["a.example"]), &good) == nil)
        }
        var refused = try Connection.open(host.names, peer: "netdns")
        var future = Greet(client: "future")
        (future.oldest, future.newest) = (7, 9)
        let failure = Self.refusal(future, &refused)
        #expect(failure?.code == .protocol && failure?.cause == "it speaks protocol 1 to 1, the client 7 to 9")
        #expect(host.log.contains("is cut off: verb 99 is unknown or out of phase"))
      }
    }

    @Test func whoDoesNotReadItsAnswersIsCutOff() throws {
      try Host.run { host in
        try host.expect(["net-default", "net-lab"])
        let socket = try UnixSocket.connect(host.names, .packets)
        try Packets.send(
          try Frame.encode(FrameHeader(id: 1, verb: 1, kind: .request), Greet(client: "deaf")), to: socket.raw)
        let question = try Frame.encode(
          FrameHeader(id: 2, verb: 2, kind: .request), TellName(vm: VMIdentity(), network: "default", name: "a b"))
        _ = fcntl(socket.raw, F_SETFL, O_NONBLOCK)
        let end = Date().addingTimeInterval(10)
        var isCut = false
        while !isCut, Date() < end {
          do throws(Errno) { try Packets.send(question, to: socket.raw) } catch { isCut = !error.isAgain }
        }
        #expect(isCut)
        // Others are served.
        try host.tell { netdns throws(Failure) in _ = try netdns.call(TellDomains(list: 1, domains: ["a.example"])) }
      }
    }

    @Test func oneConnectionDescribesOneListAfterTheOther() throws {
      try Host.run { host in
        try host.expect(["net-default", "net-lab"])
        try host.tell { netdns throws(Failure) in
          for number in 1...300 as ClosedRange<UInt32> {
            _ = try netdns.call(TellDomains(list: number, domains: ["a\(number).example"]))
          }
        }
      }
    }

    /// Who asks too often is refused, slowly, and fills nobody's log.
    @Test func whoAsksTooOftenIsHeardMoreSlowly() throws {
      try Host.run { host in
        try host.expect(["net-default", "net-lab"])
        var stranger = try Self.connect(host, as: Self.stranger)
        let request = TellName(vm: VMIdentity(high: 9, low: 9), network: "default", name: "")
        let flood = Date().addingTimeInterval(20)
        var refused: Date?
        while refused == nil, Date() < flood {
          if let why = Self.refusal(request, &stranger) {
            #expect(why.code == .unavailable && why.remedy == "ask more slowly")
            refused = Date()
          }
        }
        // It may be served faster than it can ask: then it costs nobody anything.
        guard let refused else { return }
        for _ in 0..<10 { _ = Self.refusal(request, &stranger) }
        #expect(Date().timeIntervalSince(refused) >= 0.03)
        #expect(host.log.split(separator: "\n").count { $0.contains("ask more slowly") } <= 3)
        try host.tell { netdns throws(Failure) in _ = try netdns.call(TellDomains(list: 1, domains: ["a.example"])) }
      }
    }

    /// To read a list is work: what a user may say in two seconds beforehand are 400 of them, and then 200 a second.
    @Test func aListCostsAsMuchAsTenNames() throws {
      try Host.run { host in
        try host.expect(["net-default", "net-lab"])
        var stranger = try Self.connect(host, as: Self.stranger)
        let began = Date()
        var (taken, refused): (Int, Failure?) = (0, nil)
        while refused == nil, taken < 4000, Date().timeIntervalSince(began) < 20 {
          refused = Self.refusal(TellDomains(list: 1, domains: ["a.example"]), &stranger)
          if refused == nil { taken += 1 }
        }
        #expect(Double(taken) <= 401 + Date().timeIntervalSince(began) * 200)
        // It may be served faster than it can ask.
        guard let refused else { return }
        #expect(refused.code == .unavailable && refused.cause.hasSuffix("a list of domains counts as 10"))
        #expect(taken >= 399)
      }
    }

    @Test func oneUserDoesNotKeepAnotherOut() throws {
      try Host.run { host in
        try host.expect(["net-default", "net-lab"])
        let began = Date()
        var all = DescriptorList()
        for _ in 0..<Clients.most {
          let path = host.names
          let cell = try Host.onThread {
            try Errno.check(clinux_thread_identity(Self.stranger, 65_534))
            return DescriptorCell(try UnixSocket.connect(path, .packets))
          }
          if let socket = cell.take() { all.append(socket) }
        }
        try host.tell { netdns throws(Failure) in _ = try netdns.call(TellDomains(list: 1, domains: ["a.example"])) }
        #expect(host.log.contains("connection of uid \(Self.stranger) refused: it has 16, and all users have"))
        let lines = host.log.split(separator: "\n").count { $0.contains("connection of uid") }
        #expect(all.count == Clients.most && Double(lines) <= 1 + Date().timeIntervalSince(began))
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
  }
}
