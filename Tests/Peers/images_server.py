#!/usr/bin/env python3
"""A server of images with moods: images_server.py ADDRESS PORT FOLDER LOG [CERTIFICATE KEY]

What it does with FOLDER/NAME is chosen by the first part of the path: /MOOD/NAME. It writes a line for each request to LOG:
MOOD STATUS RANGE. It serves until it is ended.
"""
import http.server
import os
import socket
import ssl
import sys
import threading
import time

ADDRESS, PORT, FOLDER, LOG = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
lock = threading.Lock()
asked = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def note(self, mood, status):
        with lock, open(LOG, "a") as log:
            log.write(f"{mood} {status} {self.headers.get('Range', '-')}\n")

    def log_message(self, *words):
        pass

    def head(self, mood, status, **headers):
        self.note(mood, status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def do_GET(self):
        _, mood, name = (self.path.split("?")[0].split("/", 2) + ["", ""])[:3]
        with lock:
            asked[self.path] = asked.get(self.path, 0) + 1
            times = asked[self.path]
        if mood == "loop":
            return self.head(mood, 302, Location="/loop/" + name, Content_Length=0)
        if mood == "moved":
            return self.head(mood, 301, Location="../ranges/" + name, Content_Length=0)
        if mood == "inside":
            return self.head(mood, 302, Location="http://127.0.0.2:%d/plain/%s" % (PORT, name), Content_Length=0)
        if mood == "down":
            return self.head(mood, 302, Location="http://127.0.0.1:%d/plain/%s" % (PORT, name), Content_Length=0)
        path = os.path.join(FOLDER, os.path.basename(name))
        if not os.path.exists(path):
            return self.head(mood, 404, Content_Length=0)
        size = os.path.getsize(path)
        start, tag = 0, '"%s-1"' % name
        if mood in ("changing", "mixing"):
            tag = '"%s-%d"' % (name, times)
        ranged = self.headers.get("Range", "")
        # A mixing server looks at Range and not at If-Range.
        fresh = self.headers.get("If-Range", "") in ("", tag) or mood == "mixing"
        if mood in ("ranges", "breaking", "changing", "trickle", "mixing", "unsized") and ranged.startswith("bytes=") and fresh:
            start = int(ranged[6:].split("-")[0])
        if start >= size:
            return self.head(mood, 416, Content_Range="bytes */%d" % size, Content_Length=0)
        headers = {"ETag": tag} if mood != "untagged" else {}
        if mood != "endless":
            headers["Content_Length"] = 1 << 50 if mood == "huge" else size - start
        if mood == "packed":
            headers["Content_Encoding"] = "gzip"
        if start:
            headers["Content_Range"] = "bytes %d-%d/%s" % (start, size - 1, "*" if mood == "unsized" else size)
        if mood == "unasked":
            headers["Content_Range"] = "bytes 0-%d/%d" % (size - 1, size)
        self.head(mood, 206 if start or mood == "unasked" else 200, **headers)
        if mood == "silent":
            time.sleep(600)
        # Of a breaking server half of what is left comes, three times.
        most = size - start
        if mood in ("breaking", "untagged", "changing", "plainbreak") and times <= 3:
            most //= 2
        if mood in ("mixing", "unsized"):
            most //= 2
        with open(path, "rb") as file:
            file.seek(start)
            while most > 0:
                part = file.read(min(1 << 16, most))
                if not part:
                    return
                self.wfile.write(part)
                most -= len(part)
                if mood == "trickle":
                    # The first answer never ends; the next ones are quick.
                    if times == 1:
                        self.wfile.flush()
                        time.sleep(0.05)
        if self.close_connection and most == 0 and size - start and mood in ("breaking", "untagged", "changing"):
            self.connection.shutdown(socket.SHUT_RDWR) if not isinstance(self.connection, ssl.SSLSocket) else None


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass


server = Server((ADDRESS, PORT), Handler)
if len(sys.argv) > 5:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[5], sys.argv[6])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
