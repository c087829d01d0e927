#!/usr/bin/env python3
"""A control plane of the contract, made by grpcio-tools from proto/ alone: client.py HOST PORT FOLDER PROTO IMAGES

FOLDER has ca.pem and a caller's caller.pem and caller.key; IMAGES a guest's vmlinuz. What it does is looked at by the test from the other
side; what it gets is printed as JSON, an object a line.
"""
import importlib
import json
import os
import sys
import tempfile

import grpc
import grpc_tools
from google.protobuf import empty_pb2, json_format
from grpc_tools import protoc

HOST, PORT, FOLDER, PROTO = sys.argv[1:5]


def generated():
    out = tempfile.mkdtemp()
    known = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
    words = ["protoc", "-I" + PROTO, "-I" + known, "--python_out=" + out, "--grpc_python_out=" + out]
    if protoc.main(words + ["limiquantix/node/v1/node_daemon.proto"]) != 0:
        sys.exit("protoc failed")
    sys.path.insert(0, out)
    folder = "limiquantix.node.v1.node_daemon_pb2"
    return importlib.import_module(folder), importlib.import_module(folder + "_grpc")


def read(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


def show(what, message):
    print(json.dumps({"what": what, "answer": json_format.MessageToDict(message)}), flush=True)


messages, services = generated()
credentials = grpc.ssl_channel_credentials(read("ca.pem"), read("caller.key"), read("caller.pem"))
with grpc.secure_channel(HOST + ":" + PORT, credentials) as channel:
    node = services.NodeDaemonServiceStub(channel)
    nothing = empty_pb2.Empty()
    show("health", node.HealthCheck(messages.HealthCheckRequest(), timeout=30))
    show("node", node.GetNodeInfo(nothing, timeout=30))
    spec = messages.VMSpec(cpu_cores=1, memory_mib=64)
    spec.disks.add(id="root", size_gib=1)
    created = node.CreateVM(
        messages.CreateVMOnNodeRequest(name="py", spec=spec, labels={"by": "python"}), timeout=60
    )
    show("created", created)
    vm = messages.VMIdRequest(vm_id=created.vm_id)
    events = node.StreamEvents(nothing, timeout=60)
    node.StartVM(vm, timeout=60)
    show("event", next(event for event in events if event.vm_id == created.vm_id))
    events.cancel()
    show("running", node.GetVMStatus(vm, timeout=30))
    node.PauseVM(vm, timeout=30)
    show("paused", node.GetVMStatus(vm, timeout=30))
    node.ResumeVM(vm, timeout=30)
    for number, fault in [
        (1, lambda: node.GetVMStatus(messages.VMIdRequest(vm_id="nobody"), timeout=30)),
        (2, lambda: node.CreateVM(messages.CreateVMOnNodeRequest(name="py2"), timeout=30)),
        (3, lambda: list(node.StreamEvents(nothing, timeout=1))),
    ]:
        try:
            fault()
            print(json.dumps({"what": "fault %d" % number, "code": "none"}), flush=True)
        except grpc.RpcError as error:
            words = {"what": "fault %d" % number, "code": error.code().name, "details": error.details()}
            print(json.dumps(words), flush=True)
    node.ForceStopVM(vm, timeout=60)
    show("list", node.ListVMs(nothing, timeout=30))
    node.DeleteVM(vm, timeout=60)
    show("rest", node.ListVMs(nothing, timeout=30))
