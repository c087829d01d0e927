package import ArgumentParser

/// The commands that talk to a node, and those that work on certificates of nodes.
package enum Commands {
  /// In the order of the help.
  package static let all: [any ParsableCommand.Type] = [
    RunCommand.self, StatusCommand.self, CreateCommand.self, StartCommand.self, StopCommand.self, KillCommand.self,
    QuiesceCommand.self, PauseCommand.self, ResumeCommand.self, RebootCommand.self,
    NMICommand.self, DeleteCommand.self, ExecCommand.self, ConsoleCommand.self, LogsCommand.self, WaitCommand.self,
    PortsCommand.self,
    NetworkCommand.self, DiskCommand.self, NICCommand.self, CDROMCommand.self, PoolCommand.self,
    VolumeCommand.self, ImageCommand.self, SnapshotCommand.self, SaveCommand.self, RestoreCommand.self,
    ScreenshotCommand.self,
    VNCCommand.self, SyncTimeCommand.self, FreezeCommand.self, ThawCommand.self, LimitCommand.self, BalloonCommand.self,
    CapacityCommand.self,
    AuditCommand.self, EventsCommand.self, ExplainCommand.self, DoctorCommand.self, TopCommand.self, TLSCommand.self,
  ]
}
