#!/usr/bin/env python3
"""Tries to wear out a node at its address for the network: attack.py HOST PORT FOLDER KIND

FOLDER has ca.pem and a caller's caller.pem and caller.key. What it met is printed, a line each. Frames are those of RFC 9113.
"""
import socket
import ssl
import struct
import sys
import time

HOST, PORT, FOLDER, KIND = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    # HPACK without indexing, and without Huffman's code (RFC 7541, 6.2.2).
    def text(word):
        assert len(word) < 127
        return bytes([len(word)]) + word.encode()

    return b"\x00" + text(name) + text(value)


def call(stream, method, end=False):
    head = b"".join(
        literal(*pair)
        for pair in [
            (":method", "POST"), (":scheme", "https"), (":path", method), (":authority", HOST),
            ("content-type", "application/grpc"), ("te", "trailers"),
        ]
    )
    return frame(HEADERS, 4 | (1 if end else 0), stream, head)


def plain():
    return socket.create_connection((HOST, PORT), timeout=30)


def connect():
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=FOLDER + "/ca.pem")
    context.load_cert_chain(FOLDER + "/caller.pem", FOLDER + "/caller.key")
    context.set_alpn_protocols(["h2"])
    connection = context.wrap_socket(plain(), server_hostname=HOST)
    assert connection.selected_alpn_protocol() == "h2" and connection.version() == "TLSv1.3"
    connection.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, 1, 0))
    return connection


def is_open(connection):
    connection.settimeout(0)
    try:
        return connection.recv(1 << 16) != b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False


def wait_until(what, seconds, condition):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            print(what, flush=True)
            return
        time.sleep(0.2)
    sys.exit("not in time: " + what)


def frames(connection):
    """What comes, as (kind, flags, stream, payload), until the other side ends or is silent for a second."""
    connection.settimeout(1)
    rest = b""
    while True:
        try:
            more = connection.recv(1 << 16)
        except (TimeoutError, socket.timeout, ssl.SSLError, OSError):
            return
        if not more:
            return
        rest += more
        while len(rest) >= 9 and len(rest) >= 9 + int.from_bytes(rest[:3], "big"):
            length = int.from_bytes(rest[:3], "big")
            yield rest[3], rest[4], int.from_bytes(rest[5:9], "big"), rest[9 : 9 + length]
            rest = rest[9 + length :]


EVENTS = "/procurator.node.v1.Events/Stream"

if KIND == "silent":
    # Nothing, half a hello of TLS, and a whole handshake with nothing after it.
    silent = [plain() for _ in range(40)]
    for connection in silent[:20]:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
    wait_until("all who did not speak are gone", 60, lambda: not any([is_open(c) for c in silent]))
elif KIND == "crowd":
    crowd = []
    for _ in range(1000):
        try:
            crowd.append(plain())
        except OSError:
            break
    wait_until("so many are left as there are places", 9, lambda: sum([is_open(c) for c in crowd]) <= 128)
elif KIND == "streams":
    # Ten thousand calls that wait for events, on as many connections as it takes.
    started = refused = 0
    connections = []
    for _ in range(40):
        try:
            connection = connect()
        except (OSError, ssl.SSLError):
            break
        connections.append(connection)
        body = frame(DATA, 1, 0, b"\x00\x00\x00\x00\x02\x28\x01")  # follow
        for number in range(250):
            stream = 2 * number + 1
            try:
                connection.sendall(call(stream, EVENTS) + body[:5] + struct.pack(">I", stream) + body[9:])
            except OSError:
                break
            started += 1
        refused += sum(1 for kind, _, _, _ in frames(connection) if kind in (RST_STREAM, GOAWAY))
    print("calls", started, "refused frames", refused, flush=True)
elif KIND == "resets":
    rounds = closed = 0
    for _ in range(10):
        connection = connect()
        try:
            for number in range(2000):
                stream = 2 * number + 1
                connection.sendall(call(stream, EVENTS) + frame(RST_STREAM, 0, stream, struct.pack(">I", 8)))
                rounds += 1
        except OSError:
            closed += 1
        else:
            closed += any(kind == GOAWAY for kind, _, _, _ in frames(connection))
    print("resets", rounds, "connections that were closed for it", closed, flush=True)
elif KIND == "large":
    # A message of a hundred megabytes, said and begun.
    connection = connect()
    connection.sendall(call(1, "/limiquantix.node.v1.NodeDaemonService/CreateVM"))
    connection.sendall(frame(DATA, 0, 1, b"\x00" + struct.pack(">I", 100 << 20) + bytes(1000)))
    words = b"".join(payload for kind, _, stream, payload in frames(connection) if stream == 1)
    print("answered" if words else "not answered", flush=True)
elif KIND == "strangers":
    # Old TLS, no certificate, no TLS: none gets a byte of HTTP/2.
    def speaks(change):
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=FOLDER + "/ca.pem")
        context.set_alpn_protocols(["h2"])
        change(context)
        try:
            connection = context.wrap_socket(plain(), server_hostname=HOST)
            connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
            return any(True for _ in frames(connection))
        except OSError:
            return False

    def shown(context):
        context.load_cert_chain(FOLDER + "/caller.pem", FOLDER + "/caller.key")

    def old(context):
        shown(context)
        context.maximum_version = ssl.TLSVersion.TLSv1_2

    bare = plain()
    bare.sendall(PREFACE + frame(SETTINGS, 0, 0))
    print(speaks(shown), speaks(old), speaks(lambda _: None), any(kind == SETTINGS for kind, *_ in frames(bare)), flush=True)
else:
    sys.exit("no such kind: " + KIND)
