/// Where a process stands in the hierarchy of version 2.
extension Cgroup {
  /// The caller's own group; nil if no such hierarchy is mounted where the caller could see its group.
  public static func own() -> Cgroup? {
    guard let cgroup = try? Files.readText("/proc/self/cgroup"),
      let mounts = try? Files.readText("/proc/self/mountinfo")
    else { return nil }
    return locate(cgroup: cgroup, mounts: mounts).flatMap { $0.exists ? $0 : nil }
  }

  /// The root of the hierarchy as the caller sees it; nil if none is mounted.
  public static func hierarchy() -> Cgroup? {
    mount(in: (try? Files.readText("/proc/self/mountinfo")) ?? "").map { Cgroup(path: $0.point) }
  }

  /// Finds a group by the contents of `/proc/PID/cgroup` (cgroups(7)) and `/proc/PID/mountinfo` (proc(5)).
  static func locate(cgroup: String, mounts: String) -> Cgroup? {
    guard let line = cgroup.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
    let place = line.dropFirst(3)
    guard let mount = mount(in: mounts) else { return nil }
    // A group outside the namespace's root begins with `/..`: it has no path here.
    guard !place.split(separator: "/").contains("..") else { return nil }
    var below = place[...]
    if mount.root != "/" {
      guard place == mount.root || place.hasPrefix(mount.root + "/") else { return nil }
      below = place.dropFirst(mount.root.utf8.count)
    }
    if below == "/" { below = "" }
    return Cgroup(path: mount.point + below)
  }

  /// The first mount of type cgroup2: which part of the hierarchy it shows, and where.
  private static func mount(in text: String) -> (root: String, point: String)? {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      // Optional fields end with a lone hyphen; the type follows.
      guard fields.count > 6, let hyphen = fields.dropFirst(6).firstIndex(of: "-"), hyphen + 1 < fields.count,
        fields[hyphen + 1] == "cgroup2"
      else { continue }
      return (unescaped(fields[3]), unescaped(fields[4]))
    }
    return nil
  }

  /// Blanks, tabs, line ends and backslashes stand as three octal digits there.
  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
