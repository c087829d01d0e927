import NodeAPI
import Testing

@testable import CommandLine

@Suite struct LimitViewTests {
  private static let limits = LimitView(
    .with {
      $0.cpuThousandths = 1500
      $0.cpuWeight = 100
      $0.memoryBytes = 700 << 20
      $0.memoryOverheadBytes = 188 << 20
      $0.ioWeight = 50
      $0.tasks = 257
      $0.disks = [
        .with {
          $0.disk = "root"
          $0.iops = 500
          $0.throughput = 50 << 20
        }
      ]
    })

  @Test func usualThingsAreLeftOut() {
    #expect(Self.limits.words() == "1.5 CPUs, I/O weight 50, root 500/s 50MiB/s")
    #expect(
      Self.limits.words(all: true) == """
        1.5 CPUs, CPU weight 100, memory 700 MiB (188 MiB beside the guest's), I/O weight 50, 257 tasks, root 500/s 50MiB/s
        """)
    let usual = LimitView(
      .with {
        $0.cpuWeight = 100
        $0.ioWeight = 100
        $0.tasks = 257
      })
    #expect(usual.words().isEmpty)
  }

  @Test func theBalloonIsShownWhenItIsNotEmpty() {
    func history(_ bytes: UInt64, _ target: UInt64) -> String {
      VMHistory(
        vm: VMView(
          .with {
            $0.name = "web"
            $0.memoryBytes = 128 << 20
            $0.balloon.bytes = bytes
            $0.balloon.targetBytes = target
          })
      ).text()
    }
    #expect(!history(128 << 20, 0).contains("Balloon"))
    #expect(history(96 << 20, 0).contains("Balloon: the guest has 96 MiB\n"))
    #expect(history(128 << 20, 96 << 20).contains("Balloon: the guest has 128 MiB, is to have 96 MiB\n"))
  }

  @Test func argumentsOfLimits() {
    #expect(ProcessorsArgument(argument: "1.5")?.thousandths == 1500)
    #expect(ProcessorsArgument(argument: "none")?.thousandths == 0)
    for text in ["0", "-1", "1,5", "", "1.2345"] { #expect(ProcessorsArgument(argument: text) == nil) }
    #expect(DiskCountArgument(argument: "disk0=100")?.message.iops == 100)
    #expect(DiskCountArgument(argument: "disk0=none")?.message.hasIops == true)
    #expect(DiskSizeArgument(argument: "disk0=1MiB")?.message.throughput == 1 << 20)
    for text in ["disk0", "=5", "disk0=", "disk0=x", "disk0=0"] { #expect(DiskCountArgument(argument: text) == nil) }
  }
}
