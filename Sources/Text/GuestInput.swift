/// Standard input of a program in a guest.
package enum GuestInput {
  /// Most bytes: the agent takes them in one message.
  package static let most = 4 << 20
}
