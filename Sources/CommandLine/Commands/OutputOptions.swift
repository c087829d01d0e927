import ArgumentParser

/// How every command shows what it has done.
struct OutputOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "table, json, yaml or name.")
  var output: OutputFormat = .table

  @Flag(help: "Leave out the first line of tables.")
  var noHeaders = false

  @Flag(name: .shortAndLong, help: "Print names only, and no remarks.")
  var quiet = false

  /// The format, with `--quiet` taken into account.
  var format: OutputFormat { quiet && output == .table ? .name : output }
}
