import Decoders

/// Called by libFuzzer for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 { Subject.settings.feed(bytes, count) }
