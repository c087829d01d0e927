import Failure
import IPC
import IPCFrames
import Linux
import NetworkPlan

/// Whoever serves names waits for what is new.
extension Daemon {
  func watch(_ request: Watch, _ asking: inout Asking) throws(Failure) -> Watch.Reply {
    asking.client.isNaming = true
    if request.generation == generation {
      asking.isDeferred = true
      asking.client.watch = (asking.id, generation)
    }
    return Watch(generation: generation)
  }

  /// Answers those who wait for news, if there are any.
  func tellWatchers(_ clients: [Client]) {
    for client in clients {
      guard let watch = client.watch, watch.generation != generation else { continue }
      client.watch = nil
      let header = FrameHeader(id: watch.id, verb: Watch.verb, kind: .reply)
      guard let bytes = try? Frame.encode(header, Watch(generation: generation)) else { continue }
      do { try Packets.send(bytes, numbers: [], to: client.socket.raw) } catch { client.isDone = true }
    }
  }
}
