#!/usr/bin/env python3
"""A control plane that fetches images: downloads.py HOST PORT FOLDER PROTO POOL URL SHA256

POOL is the folder of the pool `fast`, URL the server of images_server.py. What is there afterwards is looked at in the folder.
"""
import hashlib
import json
import os
import sys

from contract import channel, messages, nothing, services, show, show_fault

POOL, URL, SHA256 = sys.argv[5:8]


def note(what, **words):
    print(json.dumps({"what": what, "answer": words}), flush=True)


def digest(name):
    with open(POOL + "/images/" + name, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


with channel() as connection:
    node = services.NodeDaemonServiceStub(connection)

    def order(job, path, **fields):
        fields.setdefault("pool_id", "fast")
        return messages.DownloadImageOnNodeRequest(job_id=job, url=path if "://" in path else URL + path, **fields)

    def fetch(*words, **fields):
        return list(node.DownloadImage(order(*words, **fields), timeout=120))

    def status(job):
        return lambda: node.GetDownloadStatus(messages.GetDownloadStatusRequest(job_id=job), timeout=30)

    def cancel(job):
        return lambda: node.CancelDownload(messages.CancelDownloadRequest(job_id=job), timeout=60)

    # Over three interrupted connections.
    told = fetch("one", "/breaking/a.img", image_id="debian", checksum=SHA256, checksum_type="sha256")
    show("fetched", told[-1])
    counts = [one.bytes_downloaded for one in told]
    note("fetched way", grows=counts == sorted(counts), same=digest("a.img") == SHA256)
    show("status", status("one")())
    show("images", node.ListImages(nothing, timeout=30))
    show("same again", fetch("one", "/breaking/a.img", image_id="debian", checksum=SHA256, checksum_type="sha256")[-1])
    show_fault("other content", lambda: fetch("one", "/plain/a.img"))
    show_fault("taken", lambda: fetch("two", "/plain/a.img"))

    # By the folder, and copied from a pool.
    told = fetch("", "/endless/a.img", pool_id="", target_dir=POOL + "/images", filename="b.img")
    show("by folder", told[-1])
    note("by folder way", own=len(told[0].job_id) == 36, same=digest("b.img") == SHA256)
    told = fetch("copy", "file://" + POOL + "/images/a.img", filename="c.raw", checksum=SHA256)
    show("copied", told[-1])
    note("copied way", same=digest("c.raw") == SHA256)

    # What does not become an image.
    for what, path in [("wrong sum", "/plain/a.img"), ("packed", "/plain/z.img"), ("backing", "/plain/evil.qcow2"),
                       ("loop", "/loop/a.img"), ("inside", "/inside/a.img"), ("large", "/huge/a.img"),
                       ("missing", "/plain/none.img"), ("silent", "/silent/a.img")]:
        fields = {"checksum": SHA256[:-4] + "0000"} if what == "wrong sum" else {}
        name = "x.qcow2" if what == "backing" else "x.img"
        show(what, fetch(what.replace(" ", "-"), path, filename=name, **fields)[-1])
    for what, path, fields in [
            ("ftp", "ftp://127.0.0.1/a.img", {}), ("password", "http://me:secret@127.0.0.1/a.img", {}),
            ("outside", "file:///etc/passwd", {"filename": "p.img"}), ("gz", "/plain/a.img.gz", {}),
            ("up", "/plain/a.img", {"filename": "../a.img"}), ("md5", "/plain/a.img", {
                "filename": "m.img", "checksum": "0" * 32, "checksum_type": "md5"}),
            ("no pool", "/plain/a.img", {"pool_id": "none"}), ("no folder", "/plain/a.img", {
                "pool_id": "", "target_dir": "/tmp"}), ("private", "http://10.1.2.3/a.img", {})]:
        show_fault(what, lambda: fetch("never", path, **fields))
    show_fault("no status", status("never"))
    show_fault("no cancel", cancel("never"))
    show_fault("cancel late", cancel("one"))

    # Cancelled while it comes.
    stream = node.DownloadImage(order("long", "/trickle/a.img", filename="long.img"), timeout=120)
    for progress in stream:
        if progress.bytes_downloaded > 0 and progress.status == 2:
            break
    note("coming", part=[name for name in os.listdir(POOL + "/images") if name.startswith(".fetch-long")])
    cancel("long")()
    note("cancelled", left=sorted(os.listdir(POOL + "/images")))
    show("cancelled stream", list(stream)[-1])
    show("cancelled status", status("long")())
    cancel("long")()

    # Used.
    volume = node.CreateVolume(messages.CreateVolumeRequest(
        pool_id="fast", volume_id="made", source_type=2, source_id="fast/images/a.img"), timeout=60)
    show("volume", volume)
    spec = messages.VMSpec(cpu_cores=1, memory_mib=64)
    spec.disks.add(id="root", backing_file=POOL + "/images/a.img", pool_id="fast")
    show("layered", node.CreateVM(messages.CreateVMOnNodeRequest(name="layered", spec=spec), timeout=60))
