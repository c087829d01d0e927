import IPCNames

/// What the runtime folder says of domain lists from before: configurations, and whose they are. A value: no I/O.
struct FormerLists {
  /// By what netd calls the list; nil if a release that wrote down no owners has left the folder.
  private let owners: [UInt32: OwnedList]?
  /// Configurations, in the order of their paths.
  private var texts: [InstanceName: [String]] = [:]
  /// Lists that have any.
  private var ids: Set<UInt32> = []

  /// - Parameter files: text by path of what the runtime folder holds.
  init(_ files: [String: String]) {
    owners = files[ListFile.path].map { text in
      Dictionary(ListFile.parse(text).map { ($0.id, $0) }) { first, _ in first }
    }
    for (path, text) in files.sorted(by: { $0.key < $1.key }) where path.hasPrefix("conf/profile-") {
      guard let name = InstanceID(file: path)?.name, case .profile(let id, _) = name else { continue }
      texts[name, default: []].append(text)
      ids.insert(id)
    }
  }

  /// The configuration with which a list goes on of which nobody has said the domains, and whose it is: one that was served for
  /// the same user, of domains that make the number by which that user called it.
  func configuration(of list: ServedList, _ name: InstanceName) -> (String, OwnedList)? {
    var number = list.number
    if let owners {
      // netd that was started again calls a list by its own number until its user has said the other one.
      guard let owner = owners[list.id], owner.uid == list.uid,
        owner.number == list.number || list.number == list.id
      else { return nil }
      number = owner.number
    }
    let text = texts[name]?.first { text in
      ListNumber.of(uid: list.uid, network: list.network, ProfileConfiguration.domains(in: text)) == number
    }
    return text.map { ($0, OwnedList(uid: list.uid, number: number, id: list.id)) }
  }

  /// Whether what was served in a list's place was its user's. Before there were owners nobody could choose a number.
  func isOwn(_ list: ServedList) -> Bool {
    guard let owners else { return true }
    return owners[list.id]?.uid == list.uid
  }

  /// Where lists were served.
  var places: Set<InstanceName> { Set(texts.keys) }

  /// Whether nobody has written down owners yet.
  var isFirst: Bool { owners == nil }

  /// Owners of lists that are not settled now, as long as there is a configuration: they may come back.
  func kept(beside settled: Set<UInt32>) -> [OwnedList] {
    (owners ?? [:]).values.filter { ids.contains($0.id) && !settled.contains($0.id) }
  }
}
