package import Failure

/// Coming, going, and who has the keyboard.
extension ConsoleHub {
  /// What somebody wants who sits down.
  package struct Request: Sendable {
    /// Who it is, for the others.
    package var name = "somebody"
    /// Only look.
    package var isReadOnly = false
    /// Take the keyboard from whoever has it.
    package var takes = false
    /// Look if somebody else has the keyboard, instead of being refused.
    package var yields = false
    /// Stay when the guest ends.
    package var stays = false
    package var past = Past.kept

    package init(
      name: String = "somebody", isReadOnly: Bool = false, takes: Bool = false, yields: Bool = false,
      stays: Bool = false, past: Past = Past.kept
    ) {
      self.name = name
      self.isReadOnly = isReadOnly
      self.takes = takes
      self.yields = yields
      self.stays = stays
      self.past = past
    }

    package enum Past: Hashable, Sendable {
      /// As much as the hub keeps for that.
      case kept
      /// The last lines.
      case lines(Int)
      /// From that byte on; an earlier call has given its number.
      case from(UInt64)
    }
  }

  /// A seat at the console.
  package struct Subscriber: Sendable {
    package let number: UInt64
    /// Yields whenever `next(for:)` may have something.
    package let notifications: AsyncStream<Void>

    package init(number: UInt64, notifications: AsyncStream<Void>) {
      self.number = number
      self.notifications = notifications
    }
  }

  /// Takes a seat.
  /// - Throws: `.exists` if it is to be the writer's and somebody sits there; `.unavailable` if the guest is not heard and
  ///   the request is not to go on from an earlier place.
  package func subscribe(_ request: Request) async throws(Failure) -> Subscriber {
    // Looking for lines takes a while; what comes meanwhile is added to them.
    let from: UInt64? =
      switch request.past {
      case .kept: nil
      case .lines(let count): log.place(ofLast: count, within: history)
      case .from(let place): place
      }
    let channel = state.withLock { $0.channel }
    guard let channel else {
      guard case .from = request.past, request.stays else {
        throw Failure(
          .unavailable, operation: "attach console", cause: "the hypervisor's console socket could not be reached",
          remedy: "somebody else may hold it; restart the supervisor when it is free")
      }
      return try place(request, from: from)
    }
    let result: Result<Subscriber, Failure> = await withCheckedContinuation { continuation in
      // Between two callbacks of the channel the log and the hub agree on where they are.
      channel.perform {
        do throws(Failure) { continuation.resume(returning: .success(try self.place(request, from: from))) } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }

  private func place(_ request: Request, from: UInt64?) throws(Failure) -> Subscriber {
    align()
    let (notifications, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let result: Result<UInt64, Failure> = state.withLock { state in
      let holder = state.writer.flatMap { state.readers[$0] }
      let types = !request.isReadOnly && (holder == nil || request.takes)
      if !types, !request.isReadOnly, !request.yields { return .failure(Self.occupied(by: holder?.name ?? "somebody")) }
      state.next += 1
      let end = state.ring.end
      let start = min(from ?? (end - min(end, UInt64(history))), end)
      state.readers[state.next] = Reader(
        name: request.name, isReadOnly: request.isReadOnly, stays: request.stays, past: start < end ? start..<end : nil,
        position: end, told: start, isReplaying: request.past.isFirst, wake: wake)
      state.introduce(state.next, types: types)
      wake.yield()
      return .success(state.next)
    }
    return Subscriber(number: try result.get(), notifications: notifications)
  }

  private static func occupied(by name: String) -> Failure {
    Failure(
      .exists, operation: "attach console", cause: "\(name) is typing at this console",
      remedy: "watch with --readonly, take the keyboard with --take, or let the other detach")
  }

  /// Leaves a seat.
  package func unsubscribe(_ number: UInt64) {
    state.withLock { state in
      guard let reader = state.readers.removeValue(forKey: number) else { return }
      reader.wake.finish()
      if state.writer == number {
        state.writer = nil
        state.tellOthers(number, "\(reader.name) has left; nobody has the keyboard now (~t takes it)")
      }
      if state.readers.isEmpty { state.ring.restart(at: state.ring.end) }
    }
  }

  /// Takes the keyboard.
  /// - Throws: `.denied` if the seat is for reading only.
  package func take(_ number: UInt64) throws(Failure) {
    let isPermitted = state.withLock { state in
      guard let reader = state.readers[number], !reader.isReadOnly else { return false }
      if state.writer != number { state.giveKeyboard(to: number) }
      return true
    }
    if !isPermitted { throw Self.readingOnly }
  }

  /// Types, if the seat is the writer's.
  /// - Returns: false if somebody else has the keyboard or no guest is there to read; what was typed is dropped then.
  /// - Throws: `.denied` if the seat is for reading only.
  @discardableResult package func type(_ bytes: [UInt8], from number: UInt64) throws(Failure) -> Bool {
    let (channel, isReadOnly) = state.withLock { state in
      (state.writer == number ? state.channel : nil, state.readers[number]?.isReadOnly != false)
    }
    if isReadOnly { throw Self.readingOnly }
    guard let channel else { return false }
    try channel.send(bytes)
    return true
  }

  private static let readingOnly = Failure(
    .denied, operation: "type at console", cause: "this seat is for reading", remedy: "attach without --readonly")
}

extension ConsoleHub.Request.Past {
  /// Whether the reader comes for the first time.
  fileprivate var isFirst: Bool { if case .from = self { false } else { true } }
}

extension ConsoleHub.State {
  /// Tells one who else is there, and the others who came.
  fileprivate mutating func introduce(_ number: UInt64, types: Bool) {
    let others = readers.filter { $0.key != number }.sorted { $0.key < $1.key }
    let names = others.prefix(8).map { $0.value.name + ($0.key == writer ? " (typing)" : " (reading)") }
    if !names.isEmpty {
      let more = others.count > names.count ? " and \(others.count - names.count) more" : ""
      tell(number, "also attached: \(names.joined(separator: ", "))\(more)", at: 0)
    }
    guard let name = readers[number]?.name else { return }
    if types, writer != nil { return giveKeyboard(to: number) }
    if types { writer = number }
    if !types, readers[number]?.isReadOnly == false {
      tell(number, "you are reading; ~t takes the keyboard", at: 0)
    }
    tellOthers(number, "\(name) has joined, \(types ? "typing" : "reading")")
  }

  fileprivate mutating func giveKeyboard(to number: UInt64) {
    guard let name = readers[number]?.name else { return }
    let former = writer
    writer = number
    let origin = former.flatMap { readers[$0] }.map { ", taken from \($0.name)" } ?? ""
    tell(number, "you have the keyboard" + origin, at: 0)
    for other in readers.keys where other != number {
      let sentence =
        other == former ? "\(name) has taken the keyboard; you are reading now (~t takes it back)" : "\(name) types now"
      tell(other, sentence, at: 0)
    }
  }

  fileprivate mutating func tellOthers(_ number: UInt64, _ sentence: String) {
    for other in readers.keys where other != number { tell(other, sentence, at: 0) }
  }
}
