import Foundation
import IPC
import IPCNames
import Testing

@testable import Text
@testable import VMSpec

/// The published schema and the parser are two writings of the same rules.
@Suite struct SchemaTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func schema() throws -> JSON {
    try JSON(parsing: [UInt8](Data(contentsOf: root.appending(path: "docs/schema/vm.schema.json"))))
  }

  private func keys(_ object: JSON?) -> Set<String> {
    guard case .object(let pairs)? = object?["properties"] else { return [] }
    #expect(object?["additionalProperties"] == false)
    return Set(pairs.keys)
  }

  private func words<T: CaseIterable & RawRepresentable<String>>(_: T.Type) -> JSON {
    .array(T.allCases.map { .string($0.rawValue) })
  }

  @Test func keysAreEqual() throws {
    let schema = try Self.schema()
    let properties = schema["properties"]
    #expect(keys(schema) == Set(SpecKeys.Root.allCases.map(\.rawValue)))
    #expect(keys(properties?["boot"]) == Set(SpecKeys.Boot.allCases.map(\.rawValue)))
    #expect(keys(properties?["disks"]?["items"]) == Set(SpecKeys.Disk.allCases.map(\.rawValue)))
    #expect(keys(properties?["nics"]?["items"]) == Set(SpecKeys.NIC.allCases.map(\.rawValue)))
    let nic = properties?["nics"]?["items"]?["properties"]
    #expect(keys(nic?["forwards"]?["items"]) == Set(SpecKeys.Forward.allCases.map(\.rawValue)))
    #expect(keys(nic?["bandwidth"]) == Set(SpecKeys.Bandwidth.allCases.map(\.rawValue)))
    #expect(keys(properties?["restart"]) == Set(SpecKeys.Restart.allCases.map(\.rawValue)))
    #expect(keys(properties?["health"]) == Set(SpecKeys.Health.allCases.map(\.rawValue)))
    #expect(keys(properties?["limits"]) == Set(SpecKeys.Limits.allCases.map(\.rawValue)))
    #expect(keys(properties?["cdroms"]?["items"]) == Set(SpecKeys.CDROM.allCases.map(\.rawValue)))
    #expect(keys(properties?["cloudInit"]) == Set(SpecKeys.CloudInit.allCases.map(\.rawValue)))
  }

  @Test func wordsAreEqual() throws {
    let properties = try Self.schema()["properties"]
    #expect(properties?["machine"]?["enum"] == words(MachineType.self))
    #expect(properties?["accel"]?["enum"] == words(AcceleratorRequest.self))
    #expect(properties?["boot"]?["properties"]?["firmware"]?["enum"] == words(Firmware.self))
    #expect(properties?["disks"]?["items"]?["properties"]?["format"]?["enum"] == words(DiskSpec.Format.self))
    #expect(properties?["disks"]?["items"]?["properties"]?["bus"]?["enum"] == words(DiskSpec.Bus.self))
    #expect(properties?["nics"]?["items"]?["properties"]?["model"]?["enum"] == words(NICSpec.Model.self))
    let forward = properties?["nics"]?["items"]?["properties"]?["forwards"]?["items"]?["properties"]
    #expect(forward?["protocol"]?["enum"] == words(PortProtocol.self))
    #expect(properties?["restart"]?["properties"]?["policy"]?["enum"] == words(RestartSpec.Policy.self))
    #expect(properties?["health"]?["properties"]?["check"]?["enum"] == words(HealthSpec.Check.self))
    #expect(properties?["display"]?["enum"] == words(Display.self))
    #expect(properties?["bootOrder"]?["items"]?["enum"] == words(BootDevice.self))
    #expect(properties?["guestOs"]?["enum"] == words(GuestOS.self))
  }

  @Test func limitsAreEqual() throws {
    let schema = try Self.schema()
    let properties = schema["properties"]
    func number(_ value: JSON?, _ key: String) -> Int { Int(value?[key]?.integer ?? -1) }
    let memory = properties?["memory"]?["anyOf"]?.array?.first
    #expect(UInt64(number(memory, "minimum")) == SpecLimits.memory.lowerBound)
    #expect(UInt64(number(memory, "maximum")) == SpecLimits.memory.upperBound)
    let size = properties?["disks"]?["items"]?["properties"]?["size"]?["anyOf"]?.array?.first
    #expect(UInt64(number(size, "minimum")) == SpecLimits.diskSize.lowerBound)
    #expect(UInt64(number(size, "maximum")) == SpecLimits.diskSize.upperBound)
    #expect(number(properties?["vcpus"], "minimum") == SpecLimits.vcpus.lowerBound)
    #expect(number(properties?["vcpus"], "maximum") == SpecLimits.vcpus.upperBound)
    #expect(number(properties?["disks"], "maxItems") == SpecLimits.disks)
    #expect(number(properties?["bootOrder"], "maxItems") == BootDevice.allCases.count)
    #expect(number(properties?["vncPort"], "minimum") == SpecLimits.vncPort.lowerBound)
    #expect(number(properties?["vncPort"], "maximum") == SpecLimits.vncPort.upperBound)
    #expect(number(properties?["nics"], "maxItems") == SpecLimits.nics)
    let nic = properties?["nics"]?["items"]?["properties"]
    #expect(number(nic?["allowedDomains"], "maxItems") == NamesLimits.domains)
    #expect(number(nic?["allowedAddresses"], "maxItems") == NetdLimits.ranges)
    #expect(number(nic?["forwards"], "maxItems") == NetdLimits.forwards)
    let rate = schema["$defs"]?["rate"]?["anyOf"]?.array?.first
    #expect(UInt64(number(rate, "minimum")) == SpecLimits.rate.lowerBound)
    #expect(UInt64(number(rate, "maximum")) == SpecLimits.rate.upperBound)
    #expect(number(properties?["labels"], "maxProperties") == SpecLimits.labels)
    #expect(number(properties?["labels"]?["propertyNames"], "maxLength") == SpecLimits.labelKey)
    #expect(number(properties?["labels"]?["additionalProperties"], "maxLength") == SpecLimits.labelValue)
    #expect(number(properties?["boot"]?["properties"]?["cmdline"], "maxLength") == SpecLimits.cmdline)
    #expect(number(schema["$defs"]?["path"], "maxLength") == SpecLimits.path)
    let restart = properties?["restart"]?["properties"]
    #expect(number(restart?["maxAttempts"], "maximum") == SpecLimits.attempts.upperBound)
    let pause = schema["$defs"]?["pause"]?["anyOf"]?.array?.first
    #expect(number(pause, "maximum") == SpecLimits.backoff.upperBound)
    #expect(number(restart?["resetAfter"]?["anyOf"]?.array?.first, "maximum") == SpecLimits.resetAfter.upperBound)
    let health = properties?["health"]?["properties"]
    #expect(number(health?["timeout"]?["anyOf"]?.array?.first, "maximum") == SpecLimits.healthTimeout.upperBound)
    #expect(number(health?["grace"]?["anyOf"]?.array?.first, "maximum") == SpecLimits.grace.upperBound)
    #expect(number(health?["threshold"], "maximum") == SpecLimits.threshold.upperBound)
    #expect(number(health?["command"], "maxItems") == SpecLimits.commandWords)
    #expect(number(schema["$defs"]?["weight"], "maximum") == SpecLimits.weight.upperBound)
    #expect(number(properties?["limits"]?["properties"]?["tasks"], "maximum") == SpecLimits.tasks.upperBound)
    #expect(number(properties?["cdroms"], "maxItems") == SpecLimits.cdroms)
    #expect(number(properties?["cloudInit"]?["properties"]?["userData"], "maxLength") == SpecLimits.seed)
  }

  @Test func examplesAreRead() throws {
    let folder = Self.root.appending(path: "examples")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count >= 11)
    for name in names {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      #expect(try VMSpec.parse(text, origin: name).name + ".yaml" == name)
    }
  }
}
