#!/usr/bin/env python3
"""A viewer elsewhere, by the contract: screen.py HOST PORT FOLDER PROTO VM [late]

Asks GetConsole for a place and a password, and shows what it saw there: the size of the screen, or why it was refused. With `late` it
comes when its password is worth nothing any more.
DES is OpenSSL's, which nothing of ours has part in.
"""
import json
import socket
import struct
import subprocess
import sys
import time

from contract import channel, messages, services, show, show_fault

VM = messages.VMIdRequest(vm_id=sys.argv[5])


def sealed(challenge, password):
    key = bytes(int(f"{byte:08b}"[::-1], 2) for byte in password.encode().ljust(8, b"\0"))
    words = ["openssl", "enc", "-des-ecb", "-nopad", "-K", key.hex(), "-provider", "legacy", "-provider", "default"]
    return subprocess.run(words, input=challenge, capture_output=True, check=True).stdout


def exactly(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise EOFError(f"{len(data)} of {count} bytes")
        data += part
    return data


def look(place, password, pixels=False):
    """The guest's screen as a viewer sees it, or the node's words of refusal."""
    with socket.create_connection((place.host, place.port), timeout=60) as connection:
        assert exactly(connection, 12) == b"RFB 003.008\n"
        connection.sendall(b"RFB 003.008\n")
        assert exactly(connection, exactly(connection, 1)[0]) == b"\x02"
        connection.sendall(b"\x02")
        connection.sendall(sealed(exactly(connection, 16), password))
        (result,) = struct.unpack(">I", exactly(connection, 4))
        if result != 0:
            (length,) = struct.unpack(">I", exactly(connection, 4))
            return {"refused": exactly(connection, length).decode()}
        connection.sendall(b"\x01")
        width, height, bits = struct.unpack(">HHB", exactly(connection, 5))
        exactly(connection, 15)
        (length,) = struct.unpack(">I", exactly(connection, 4))
        seen = {"width": width, "height": height, "name": exactly(connection, length).decode()}
        if pixels:
            # The whole screen, raw: more than sockets and buffers between hold.
            connection.sendall(struct.pack(">BBHi", 2, 0, 1, 0))
            connection.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, width, height))
            kind, _, count = struct.unpack(">BBH", exactly(connection, 4))
            got = 0
            for _ in range(count):
                _, _, wide, high, encoding = struct.unpack(">HHHHi", exactly(connection, 12))
                assert encoding == 0
                got += len(exactly(connection, wide * high * bits // 8))
            seen.update(kind=kind, bytes=got, expected=width * height * bits // 8)
        return seen


def tell(what, answer):
    print(json.dumps({"what": what, "answer": answer}), flush=True)


def look_late(node):
    late = node.GetConsole(VM, timeout=30)
    time.sleep(late.password_seconds + 1)
    tell("late", look(late, late.password))


def look_in_time(node):
    place = node.GetConsole(VM, timeout=30)
    show("console", place)
    tell("guessed", look(place, "????????"))
    tell("seen", look(place, place.password, pixels=True))
    tell("again", look(place, place.password))
    # Of two that are valid each opens the way, the older one too.
    older, newer = node.GetConsole(VM, timeout=30), node.GetConsole(VM, timeout=30)
    tell("newer", look(newer, newer.password))
    tell("older", look(older, older.password))


def create(node):
    """A VM with all that CreateVM can say of booting and screens; it stays, for the test to look at."""
    spec = messages.VMSpec(cpu_cores=1, memory_mib=32, guest_os="debian")
    spec.disks.add(id="first", size_gib=1)
    spec.disks.add(id="second", size_gib=1, bootable=True)
    spec.boot_order.extend([messages.BOOT_DEVICE_CDROM, messages.BOOT_DEVICE_DISK])
    spec.console.vnc_enabled = True
    spec.console.vnc_port = 5931
    request = messages.CreateVMOnNodeRequest(name="planned", spec=spec)
    created = messages.VMIdRequest(vm_id=node.CreateVM(request, timeout=60).vm_id)
    node.StartVM(created, timeout=60)
    place = node.GetConsole(created, timeout=30)
    show("planned", place)
    tell("planned seen", look(place, place.password))
    request.spec.console.vnc_password = "secret"
    show_fault("fixed password", lambda: node.CreateVM(request, timeout=60))


with channel() as connection:
    stub = services.NodeDaemonServiceStub(connection)
    if "late" in sys.argv[6:]:
        look_late(stub)
    else:
        look_in_time(stub)
        create(stub)
