#!/usr/bin/env python3
"""A control plane that keeps its disks in pools: storage.py HOST PORT FOLDER PROTO POOLS ELSEWHERE

POOLS is the folder that pools may lie in, ELSEWHERE one that they may not. What is done is looked at by qemu-img and in the
folder here; what the node answers is printed as JSON, an object a line.
"""
import json
import os
import subprocess
import sys

from contract import channel, messages, nothing, services, show, show_fault

POOLS, ELSEWHERE = sys.argv[5:7]
MIB, GIB = 1 << 20, 1 << 30


def note(what, **words):
    print(json.dumps({"what": what, "answer": words}), flush=True)


def image_info(path):
    """What another program says of an image."""
    out = subprocess.run(["qemu-img", "info", "-U", "--output=json", path], check=True, capture_output=True).stdout
    return json.loads(out)


def look(what, path):
    info = image_info(path)
    note(
        what, size=info["virtual-size"], format=info["format"], backing=info.get("backing-filename", ""),
        snapshots=[one["name"] for one in info.get("snapshots", [])])


def pattern(path, kind):
    """Bytes 0 to 64 KiB of what a guest sees."""
    out = subprocess.run(
        ["qemu-io", "-r", "-f", kind, "-c", "read -P 0x5a 0 64k", path], capture_output=True, text=True).stdout
    return "verification failed" not in out and "read 65536" in out


with channel() as connection:
    node = services.NodeDaemonServiceStub(connection)

    def pool(name, path, kind=1, gib=None):
        request = messages.InitStoragePoolRequest(pool_id=name, type=kind)
        if path is not None:
            request.config.local.path = path
        if gib is not None:
            request.config.local.capacity_gib = gib
        return lambda: node.InitStoragePool(request, timeout=60)

    def volume(name, **fields):
        return lambda: node.CreateVolume(
            messages.CreateVolumeRequest(pool_id="fast", volume_id=name, **fields), timeout=120)

    def named(name):
        return messages.VolumeIdRequest(pool_id="fast", volume_id=name)

    def resize(name, size):
        return lambda: node.ResizeVolume(
            messages.ResizeVolumeRequest(pool_id="fast", volume_id=name, new_size_bytes=size), timeout=60)

    # Pools.
    fast = POOLS + "/fast"
    show("pool", pool("fast", fast, gib=8)())
    show("same pool", pool("fast", fast, gib=8)())
    show_fault("other pool", pool("fast", fast, gib=9))
    show_fault("elsewhere", pool("away", ELSEWHERE))
    show_fault("relative", pool("away", "pools/x"))
    show_fault("upward", pool("away", POOLS + "/../x"))
    show_fault("nested", pool("away", fast + "/images"))
    show_fault("bad id", pool("../x", POOLS + "/x"))
    show_fault("nfs", pool("away", None, kind=3))
    show_fault("no type", pool("away", POOLS + "/x", kind=0))
    show_fault("no pool", lambda: node.GetStoragePoolInfo(messages.StoragePoolIdRequest(pool_id="none"), timeout=30))

    # Volumes.
    show("empty", volume("empty", size_bytes=2 * GIB)())
    look("empty file", fast + "/volumes/empty.qcow2")
    show("raw", volume("raw", size_bytes=64 * MIB, format="raw", preallocation="falloc")())
    status = os.stat(fast + "/volumes/raw.raw")
    note("raw file", size=status.st_size, blocks=status.st_blocks * 512)
    show_fault("same volume", volume("empty", size_bytes=GIB))
    show_fault("too much", volume("large", size_bytes=7 * GIB))
    show_fault("no size", volume("none"))
    show_fault("odd size", volume("none", size_bytes=1000))
    show_fault("bad name", volume("a/b", size_bytes=GIB))
    show_fault("bad format", volume("none", size_bytes=GIB, format="vmdk"))

    # Images, and what is made of them.
    base = fast + "/images/base.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", base, "256M"], check=True)
    subprocess.run(["qemu-io", "-f", "qcow2", "-c", "write -P 0x5a 0 64k", base], check=True, capture_output=True)
    layer = fast + "/images/layer.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", "/etc/shadow", "-F", "raw", layer], check=True)
    for path in [base, layer]:
        os.chmod(path, 0o644)
    os.symlink("/etc", fast + "/images/out")
    show("images", node.ListImages(nothing, timeout=30))
    show("of image", volume("system", source_type=2, source_id="fast/images/base.qcow2")())
    note("of image", same=pattern(fast + "/volumes/system.qcow2", "qcow2"))
    show("raw of image", volume("flat", source_type=2, source_id=base, format="raw", size_bytes=300 * MIB)())
    note("raw of image", same=pattern(fast + "/volumes/flat.raw", "raw"))
    show_fault("hostile", volume("hostile", source_type=2, source_id="fast/images/layer.qcow2"))
    show_fault("leaves", volume("leaves", source_type=2, source_id="fast/images/out/passwd"))
    show_fault("upward image", volume("leaves", source_type=2, source_id="fast/../../x"))
    show_fault("too small", volume("small", source_type=2, source_id=base, size_bytes=MIB))

    # Snapshots, clones, sizes.
    def snapshot(name):
        return lambda: node.CreateVolumeSnapshot(
            messages.CreateVolumeSnapshotRequest(pool_id="fast", volume_id=name, snapshot_id="first"), timeout=60)

    snapshot("system")()
    look("snapshot", fast + "/volumes/system.qcow2")
    show_fault("same snapshot", snapshot("system"))
    show_fault("raw snapshot", snapshot("flat"))
    subprocess.run(
        ["qemu-io", "-f", "qcow2", "-c", "write -P 0x11 0 64k", fast + "/volumes/system.qcow2"], check=True,
        capture_output=True)
    show("of snapshot", volume("back", source_type=3, source_id="system@first")())
    note("of snapshot", same=pattern(fast + "/volumes/back.qcow2", "qcow2"))
    show_fault("no snapshot", volume("none", source_type=3, source_id="system@second"))
    node.CloneVolume(
        messages.CloneVolumeRequest(pool_id="fast", source_volume_id="back", dest_volume_id="twin"), timeout=60)
    note("clone", same=pattern(fast + "/volumes/twin.qcow2", "qcow2"))
    resize("twin", 512 * MIB)()
    look("resized", fast + "/volumes/twin.qcow2")
    show_fault("shrink", resize("twin", 256 * MIB))
    show_fault("outgrow", resize("twin", 100 * GIB))

    # Files.
    def files(path):
        return lambda: node.ListStoragePoolFiles(
            messages.ListStoragePoolFilesRequest(pool_id="fast", path=path), timeout=30)

    show("files", files("")())
    show("image files", files("images")())
    show_fault("files above", files(".."))
    show_fault("files outside", files("images/out"))
    show_fault("absolute files", files("/etc"))
    show_fault("files of none", files("nothing"))

    # A VM with a volume, and with an image of its own in the pool.
    info = node.GetVolumeAttachInfo(named("system"), timeout=30)
    show("attach info", info)
    spec = messages.VMSpec(cpu_cores=1, memory_mib=64)
    spec.disks.add(id="root", path="system", pool_id="fast")
    spec.disks.add(id="data", size_gib=1, pool_id="fast")
    vm = node.CreateVM(messages.CreateVMOnNodeRequest(name="pooled", spec=spec), timeout=60).vm_id
    over = messages.VMSpec(cpu_cores=1, memory_mib=64)
    over.disks.add(id="root", size_gib=7, pool_id="fast")
    show_fault("vm too much", lambda: node.CreateVM(messages.CreateVMOnNodeRequest(name="x", spec=over), timeout=60))
    lost = messages.VMSpec(cpu_cores=1, memory_mib=64)
    lost.disks.add(id="root", size_gib=1, pool_id="none")
    show_fault("vm no pool", lambda: node.CreateVM(messages.CreateVMOnNodeRequest(name="x", spec=lost), timeout=60))
    node.StartVM(messages.VMIdRequest(vm_id=vm), timeout=120)
    own = fast + "/vms/" + vm + "/data.qcow2"
    look("own disk", own)
    show("attached", node.ListVolumes(messages.ListVolumesRequest(pool_id="fast"), timeout=30))
    show("promised", node.GetStoragePoolInfo(messages.StoragePoolIdRequest(pool_id="fast"), timeout=30))
    show_fault("delete used", lambda: node.DeleteVolume(named("system"), timeout=30))
    show_fault("resize used", resize("system", GIB))
    show_fault("snapshot used", lambda: node.CreateVolumeSnapshot(
        messages.CreateVolumeSnapshotRequest(pool_id="fast", volume_id="system", snapshot_id="x"), timeout=60))
    show_fault("clone used", lambda: node.CloneVolume(
        messages.CloneVolumeRequest(pool_id="fast", source_volume_id="system", dest_volume_id="x"), timeout=60))
    show_fault("destroy used", lambda: node.DestroyStoragePool(
        messages.StoragePoolIdRequest(pool_id="fast"), timeout=30))
    disk = messages.DiskSpec(id="more", size_gib=1, pool_id="fast")
    node.AttachDisk(messages.AttachDiskRequest(vm_id=vm, disk=disk), timeout=60)
    more = fast + "/vms/" + vm + "/more.qcow2"
    look("attached disk", more)
    node.ResizeVolume(messages.ResizeVolumeRequest(vm_id=vm, disk_id="more", new_size_bytes=2 * GIB), timeout=60)
    look("grown disk", more)
    show_fault("vm outgrow", lambda: node.ResizeVolume(
        messages.ResizeVolumeRequest(vm_id=vm, disk_id="more", new_size_bytes=20 * GIB), timeout=60))
    # No guest is there that would let go of it while it runs.
    node.ForceStopVM(messages.VMIdRequest(vm_id=vm), timeout=60)
    node.DetachDisk(messages.DetachDiskRequest(vm_id=vm, disk_id="more", delete_image=True), timeout=120)
    note("detached", left=os.path.exists(more))
    node.DeleteVM(messages.VMIdRequest(vm_id=vm), timeout=60)
    note("deleted", own=os.path.exists(own), folder=os.path.exists(os.path.dirname(own)), volume=os.path.exists(info.path))

    # The end.
    for name in ["empty", "raw", "system", "flat", "back", "twin"]:
        node.DeleteVolume(named(name), timeout=30)
    show_fault("delete again", lambda: node.DeleteVolume(named("twin"), timeout=30))
    note("rest", volumes=os.listdir(fast + "/volumes"))
    node.DestroyStoragePool(messages.StoragePoolIdRequest(pool_id="fast"), timeout=30)
    show("no pools", node.ListStoragePools(nothing, timeout=30))
    note("after", images=sorted(os.listdir(fast + "/images")))
