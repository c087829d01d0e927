#!/usr/bin/env python3
"""A client that saves a VM and makes another of that: saves.py HOST PORT FOLDER PROTO VM

Of procurator.node.v1, which is not the contract's; the code is made of its file alone.
"""
import sys
import tempfile

from grpc_tools import protoc

from contract import PROTO, channel, show, show_fault

VM = sys.argv[5]

out = tempfile.mkdtemp()
words = ["protoc", "-I" + PROTO, "--python_out=" + out, "--grpc_python_out=" + out, "procurator/node/v1/saves.proto"]
if protoc.main(words) != 0:
    sys.exit("protoc failed")
sys.path.insert(0, out)
from procurator.node.v1 import saves_pb2 as messages  # noqa: E402
from procurator.node.v1 import saves_pb2_grpc as services  # noqa: E402

with channel() as connection:
    saves = services.SavesStub(connection)

    def save(folder, **more):
        return saves.Save(messages.SaveRequest(vm=VM, folder=folder, **more), timeout=300)

    def restore(folder, **more):
        return saves.Restore(messages.RestoreRequest(folder=folder, **more), timeout=300)

    show("saved", save("py-warm"))
    show("flat", save("py-flat", disks_only=True))
    show_fault("again", lambda: save("py-warm"))
    show_fault("outside", lambda: save("/etc/py"))
    show_fault("nobody", lambda: saves.Save(messages.SaveRequest(vm="nobody", folder="x"), timeout=30))
    show_fault("taken", lambda: restore("py-warm"))
    show_fault("nameless", lambda: restore("py-warm", name="../x"))
    show_fault("nothing", lambda: restore("py-nothing", name="py2"))
    show("restored", restore("py-warm", name="py2", start=True))
    show("booted", restore("py-warm", name="py3", disks_only=True))
