/// A system call, what its arguments must be, and what the kernel does then. A call may be made if any rule permits it.
public struct Rule: Hashable, Sendable {
  /// The call.
  public let call: SystemCall
  /// What must all hold; none: whatever the arguments.
  public let conditions: [Condition]
  /// The error number that the caller gets instead of the call, errno.h; nil: the call is made.
  public let refusal: UInt16?

  /// Makes one.
  public init(_ call: SystemCall, _ conditions: [Condition] = [], refusal: UInt16? = nil) {
    self.call = call
    self.conditions = conditions
    self.refusal = refusal
  }
}

/// What an argument of a system call must be: `(argument & mask) == value`.
public struct Condition: Hashable, Sendable {
  /// Which argument, 0 to 5.
  public let argument: UInt32
  /// The bits that count. Of an `int` those are the lower 32: what stands above them in the register is undefined, and
  /// the kernel does not look at it either.
  public let mask: UInt64
  /// What those bits must be.
  public let value: UInt64

  /// Makes one.
  public init(argument: UInt32, mask: UInt64 = 0xFFFF_FFFF, value: UInt64) {
    self.argument = argument
    self.mask = mask
    self.value = value
  }
}
