import Failure
import Foundation
import Testing

@testable import Text
@testable import VMSpec

/// Health, limits, restarting, media and cloud-init in the document.
@Suite struct SpecLifeTests {
  static let full = """
    name: a
    memory: 1GiB
    disks:
      - {backing: base.qcow2, size: 20GiB, iops: 500, throughput: 50MiB}
    nics: [{}]
    cdroms: [{path: install.iso}, {name: drivers}]
    display: vnc
    cloudInit:
      userData: |
        #cloud-config
        packages: [nginx]
      hostname: web.example
    limits: {cpu: 1.5, cpuWeight: 200, memoryOverhead: 300MiB, ioWeight: 50, tasks: 128}
    health: {check: http, port: 8080, path: /ready, interval: 5s, timeout: 2, threshold: 2, grace: 2m}
    restart: {policy: always, backoff: 1, maxBackoff: 1m, resetAfter: 1h}
    strict: true
    """

  static let spec = VMSpec(
    name: "a", memory: 1 << 30, boot: .firmware(.bios),
    disks: [DiskSpec(size: 20 << 30, backing: "base.qcow2", iops: 500, throughput: 50 << 20)], nics: [NICSpec()],
    restart: RestartSpec(policy: .always, backoff: 1, maxBackoff: 60, resetAfter: 3600),
    health: HealthSpec(check: .http, port: 8080, path: "/ready", interval: 5, timeout: 2, threshold: 2, grace: 120),
    limits: LimitsSpec(cpu: 1500, cpuWeight: 200, memoryOverhead: 300 << 20, ioWeight: 50, tasks: 128),
    cdroms: [CDROMSpec(path: "install.iso"), CDROMSpec(name: "drivers")], display: .vnc,
    cloudInit: CloudInitSpec(userData: "#cloud-config\npackages: [nginx]\n", hostname: "web.example"), strict: true)

  @Test func everyKeyIsReadAndWrittenBack() throws {
    #expect(try VMSpec.parse(Self.full) == Self.spec)
    let data = try JSONEncoder().encode(Self.spec)
    #expect(try VMSpec.parse(String(decoding: data, as: UTF8.self)) == Self.spec)
    #expect(try JSONDecoder().decode(VMSpec.self, from: data) == Self.spec)
  }

  @Test func recordsOfEarlierReleasesAreRead() throws {
    let old = """
      {"name":"a","labels":{},"vcpus":1,"memory":1073741824,"machine":"q35","accel":"auto","boot":{"kernel":"/k"},
      "disks":[{"format":"raw","path":"/d","readonly":false}],"nics":[],"console":true,"agent":true,
      "restart":{"policy":"never"}}
      """
    let spec = try JSONDecoder().decode(VMSpec.self, from: Data(old.utf8))
    #expect(spec.health == HealthSpec() && spec.limits == LimitsSpec() && spec.cdroms.isEmpty && !spec.strict)
  }

  @Test(
    arguments: [
      ("1", 1000), ("0.5", 500), ("1.125", 1125), ("256", 256_000), ("1.10", 1100), ("1.", nil), ("1.1234", nil),
      ("-1", nil), ("", nil), ("1e3", nil), (".5", nil), ("1.5.1", nil), ("99999999999999999999", nil),
    ] as [(String, Int?)])
  func numbersAreKeptWhole(text: String, value: Int?) {
    #expect(Thousandths.parse(text) == value)
    if let value { #expect(Thousandths.parse(Thousandths.text(value)) == value) }
  }

  @Test(
    arguments: [
      ("health: {check: tcp}", "health.port", "missing"), ("health: {port: 1}", "health.check", "missing"),
      ("health: {check: agent, port: 1}", "health.port", "does not have it"),
      ("health: {check: exec}", "health.command", "missing"),
      ("health: {check: exec, command: []}", "health.command", "empty"),
      ("health: {check: http, port: 1, path: x}", "health.path", "not the path"),
      ("health: {check: tcp, port: 22}", "health", "needs a network card"),
      ("health: {check: agent}\nagent: false", "health", "has no port"),
      ("health: {check: agent, interval: 2h}", "health.interval", "1s to 1h"),
      ("limits: {cpu: 0}", "limits.cpu", "from 0.01 to 256"), ("limits: {cpu: many}", "limits.cpu", "from 0.01"),
      ("limits: {tasks: 1}", "limits.tasks", "16 to 65536"), ("limits: {memory: 1G}", "limits.memory", "unknown key"),
      ("restart: {backoff: 1m, maxBackoff: 5s}", "restart.maxBackoff", "shorter than the first"),
      ("cdroms: [{name: a}, {name: a}]", "cdroms[1]", "of cdroms[0] already"),
      ("cdroms: [{}, {}, {}, {}, {}]", "cdroms", "5 elements"), ("display: spice", "display", "none, vnc"),
      ("machine: microvm\ncdroms: [{}]", "cdroms", "has no bus"),
      ("cloudInit: {userData: x, sshKeys: [ssh-rsa AAAA]}", "cloudInit.sshKeys", "would be lost"),
      ("cloudInit: {sshKeys: [AAAA]}", "cloudInit.sshKeys[0]", "public key"),
      ("cloudInit: {hostname: a_b}", "cloudInit.hostname", "host name"),
      ("disks: [{path: a, backing: b}]", "disks[0].backing", "taken as it is"),
      ("disks: [{backing: b, format: raw}]", "disks[0].backing", "only a qcow2"),
      ("disks: [{path: a, iops: 0}]", "disks[0].iops", "1 to"),
    ])
  func refusalsNamePlaceAndRule(line: String, object: String, cause: String) throws {
    let document = "name: a\nmemory: 1G\nboot: {kernel: k}\n" + line
    let failure = try #require(throws: Failure.self) { try VMSpec.parse(document) }
    #expect(failure.object.hasPrefix(object), "\(failure)")
    #expect(failure.cause.contains(cause), "\(failure)")
    #expect(!failure.remedy.isEmpty, "\(failure)")
  }
}
