#!/usr/bin/env python3
"""Names, hardware addresses and what a node fills in: names.py HOST PORT FOLDER PROTO VM

VM is a guest that runs. At the end the VM that is made here still runs, for whoever looks at it from the other side.
"""
import sys

from contract import channel, messages, nothing, services, show, show_fault, until

GUEST = sys.argv[5]
NAME = "Kunde 7 / Büro " + "ß" * 200
DISK, CARD = "7b1e5a58-0d6c-4f35-9d5f-2f7f2f1f0c11", "nic-1700000000000000000"
CHOSEN, LATER = "52:54:00:AA:00:01", "52:54:00:aa:00:02"


def request(name, **more):
    spec = messages.VMSpec(cpu_cores=1, memory_mib=64, **more)
    if not spec.disks:
        spec.disks.add(id="root", size_gib=1)
    return messages.CreateVMOnNodeRequest(name=name, spec=spec)


with channel() as connection:
    node = services.NodeDaemonServiceStub(connection)

    def create(asked):
        return node.CreateVM(asked, timeout=60)

    def status(vm):
        return node.GetVMStatus(messages.VMIdRequest(vm_id=vm), timeout=60)

    def addresses():
        asked = messages.ExecuteInGuestRequest(
            vm_id=GUEST, command="sh", args=["-c", "cat /sys/class/net/*/address"], wait_for_exit=True
        )
        return node.ExecuteInGuest(asked, timeout=120).stdout.split()

    # A card that comes with an address of its own, and goes by the id that it was given.
    card = messages.NicSpec(id="Karte 1é", network="default", mac_address=LATER)
    show("card", node.AttachNIC(messages.AttachNICRequest(vm_id=GUEST, nic=card), timeout=60))
    show("card again", node.AttachNIC(messages.AttachNICRequest(vm_id=GUEST, nic=card), timeout=60))
    until("the guest has the card", lambda: LATER in addresses())
    show("with card", status(GUEST))
    wrongs = {"taken": LATER, "of a group": "01:00:5e:00:00:01", "no address": "52:54", "netd's": "02:50:0a:64:00:02"}
    for what, mac in wrongs.items():
        wrong = messages.NicSpec(network="default", mac_address=mac)
        show_fault(what, lambda: create(request("wrong", nics=[wrong])))
    node.DetachNIC(messages.DetachNICRequest(vm_id=GUEST, nic_id="Karte 1é"), timeout=60)
    until("the guest has lost it", lambda: LATER not in addresses())

    # A VM whose names are anything.
    asked = request(
        NAME,
        disks=[messages.DiskSpec(id=DISK, size_gib=1)],
        nics=[messages.NicSpec(id=CARD, network="default", mac_address=CHOSEN)],
    )
    asked.vm_id = "0e1b2c3d-0d6c-4f35-9d5f-2f7f2f1f0c12"
    show("made", create(asked))
    show("made again", create(asked))
    asked.vm_id = ""
    show_fault("same name", lambda: create(asked))
    node.AttachDisk(
        messages.AttachDiskRequest(vm_id=NAME, disk=messages.DiskSpec(id="Ärger #2", size_gib=1)), timeout=60
    )
    resize = messages.ResizeVolumeRequest(pool_id="default", volume_id=DISK, new_size_bytes=2 << 30)
    node.ResizeVolume(resize, timeout=60)
    show("named", status(NAME))
    node.DetachDisk(messages.DetachDiskRequest(vm_id=NAME, disk_id="Ärger #2"), timeout=60)
    node.StartVM(messages.VMIdRequest(vm_id=NAME), timeout=60)
    show("running", status(NAME))
    show("list", node.ListVMs(nothing, timeout=60))
    card = messages.NicSpec(network="default", mac_address=CHOSEN)
    show_fault("taken later", lambda: node.AttachNIC(messages.AttachNICRequest(vm_id=GUEST, nic=card), timeout=60))
    show_fault("too long", lambda: create(request("x" * 256)))
    show_fault("control", lambda: create(request("a\nb")))
    twice = [messages.DiskSpec(id="Ä", size_gib=1), messages.DiskSpec(id="Ä", size_gib=1)]
    show_fault("twice", lambda: create(request("twice", disks=twice)))

    # What is not said is filled in, and said; a bridge of netd's is its network.
    show("usual", create(request("usual")))
    show("usual status", status("usual"))
    show("usual ports", node.ListNetworkPorts(nothing, timeout=60))
    show("bare", create(request("bare", without_defaults=True)))
    show("bare status", status("bare"))
    bridged = messages.NicSpec(bridge="br-second", network="default")
    show("bridged", create(request("bridged", nics=[bridged])))
    bridged.bridge = "virbr0"
    show_fault("other bridge", lambda: create(request("unbridged", nics=[bridged])))
    show_fault(
        "other bridge of a card",
        lambda: node.AttachNIC(messages.AttachNICRequest(vm_id="bare", nic=bridged), timeout=60),
    )
    show("ports", node.ListNetworkPorts(nothing, timeout=60))
