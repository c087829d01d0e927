"""What a control plane of the contract has: code that grpcio-tools makes from proto/ alone, and a channel with mutual TLS.

The program that imports it was called with HOST PORT FOLDER PROTO; FOLDER has ca.pem and a caller's caller.pem and caller.key.
"""
import glob
import importlib
import json
import os
import sys
import tempfile
import time
import types

import grpc
import grpc_tools
from google.protobuf import empty_pb2, json_format
from grpc_tools import protoc

HOST, PORT, FOLDER, PROTO = sys.argv[1:5]
nothing = empty_pb2.Empty()


def generated():
    """The messages of all files, as one module, and the services."""
    out = tempfile.mkdtemp()
    known = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
    files = sorted(os.path.relpath(path, PROTO) for path in glob.glob(PROTO + "/limiquantix/node/v1/*.proto"))
    words = ["protoc", "-I" + PROTO, "-I" + known, "--python_out=" + out, "--grpc_python_out=" + out]
    if protoc.main(words + files) != 0:
        sys.exit("protoc failed")
    sys.path.insert(0, out)
    names = [name[: -len(".proto")].replace("/", ".") + "_pb2" for name in files]
    every = types.SimpleNamespace()
    for name in names:
        vars(every).update({k: v for k, v in vars(importlib.import_module(name)).items() if not k.startswith("_")})
    return every, importlib.import_module("limiquantix.node.v1.node_daemon_pb2_grpc")


def read(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


def channel():
    credentials = grpc.ssl_channel_credentials(read("ca.pem"), read("caller.key"), read("caller.pem"))
    return grpc.secure_channel(HOST + ":" + PORT, credentials)


def show(what, message):
    """Prints an answer as a line of JSON."""
    print(json.dumps({"what": what, "answer": json_format.MessageToDict(message)}), flush=True)


def show_fault(what, call):
    """Prints how a call was refused, or that it was not."""
    words = {"what": what, "code": "none"}
    try:
        call()
    except grpc.RpcError as error:
        words = {"what": what, "code": error.code().name, "details": error.details()}
    print(json.dumps(words), flush=True)


def until(what, look):
    """Waits until `look` gives something, and gives that."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    sys.exit("not in time: " + what)


messages, services = generated()
