import Testing

@testable import VMSpec

/// What cloud-init would leave aside without a word to whoever made the VM.
@Suite struct CloudInitWarningsTests {
  static let ignored = [
    ("users: []\n", "none of those that it knows"), ("# cloud-config\nusers: []\n", "blank too many"),
    ("\n#cloud-config\nusers: []\n", "line 2"), ("---\n#cloud-config\nusers: []\n", "line 2"),
    (" #cloud-config\nusers: []\n", "line 1"), ("\u{feff}#cloud-config\n", "line 1"),
    ("#cloud-config\nusers: [\n", "not YAML in line 3"), ("#cloud-config\n- a\n", "must be a mapping"),
    ("#cloud-config\njust words\n", "must be a mapping"), ("#cloud-config-archive\na: b\n", "must be a list"),
    ("#cloud-config\na: 1\n---\nb: 2\n", "second document"), ("{\"users\": []}", "none of those"),
    ("#Cloud-Config\na: 1\n", "none of those"), ("#cloud-config\n\ta: 1\n", "not YAML"),
  ]

  @Test(arguments: ignored) func whatIsIgnoredIsSaid(text: String, words: String) {
    let warnings = CloudInitSpec(userData: text).warnings.map(\.sentence)
    #expect(warnings.count == 1 && warnings[0].hasPrefix("cloud-init will ignore cloudInit.userData: "), "\(warnings)")
    #expect(warnings[0].contains(words), "\(warnings)")
    #expect(
      CloudInitSpec(userData: "#!/bin/sh\n", vendorData: text).warnings.first?.cause.contains("vendorData") == true)
  }

  @Test(arguments: [
    "", "#cloud-config\n", "#cloud-config\r\nusers: []\r\n",
    "#cloud-config\nusers:\n- {name: a, <<: *x}\n".replacing("*x", with: "{}"),
    "#cloud-config\nx: !!binary aGk=\n? [a]\n: b\n", "#!/bin/sh\necho {\n", "#include\nhttps://example.com/x\n",
    "#cloud-config-archive\n- {type: text/x, content: a}\n", "## template: jinja\n#cloud-config\na: {{ x }}\n",
    "#cloud-boothook\nx\n", "#part-handler\n", "MIME-Version: 1.0\nContent-Type: multipart/mixed\n",
    "Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n", "#cloud-config\n{\"a\": 1}\n",
  ]) func whatIsKnownIsTaken(text: String) { #expect(CloudInitSpec(userData: text).warnings == []) }

  @Test func otherFilesAreMappings() {
    #expect(CloudInitSpec(metaData: "instance-id: a\nlocal-hostname: b\n").warnings == [])
    #expect(CloudInitSpec(metaData: "{\"instance-id\": \"a\"}").warnings == [])
    let nameless = CloudInitSpec(metaData: "local-hostname: x\nx: {instance-id: a}\n").warnings.map(\.sentence)
    #expect(nameless.count == 1 && nameless[0].contains("no instance-id"), "\(nameless)")
    #expect(CloudInitSpec(metaData: "- a\n").warnings.first?.cause.contains("must be a mapping") == true)
    #expect(
      CloudInitSpec(networkConfig: "a: [").warnings.first?.cause.contains("networkConfig: it is not YAML") == true)
    #expect(CloudInitSpec(networkConfig: "version: 2\n").warnings == [])
    #expect(CloudInitSpec(sshKeys: ["ssh-ed25519 AAAA me"]).warnings == [])
  }
}
