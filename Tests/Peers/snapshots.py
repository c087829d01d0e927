#!/usr/bin/env python3
"""A control plane that keeps states of VMs: snapshots.py HOST PORT FOLDER PROTO VM

It does to a VM that runs what the contract has: a snapshot, its listing, and going back to it as control planes do, by
stopping the VM before and starting it afterwards.
"""
import sys

from contract import channel, messages, nothing, services, show, show_fault

VM = sys.argv[5]

with channel() as connection:
    node = services.NodeDaemonServiceStub(connection)
    vm = messages.VMIdRequest(vm_id=VM)

    def create(name, **words):
        return node.CreateSnapshot(messages.CreateSnapshotRequest(vm_id=VM, name=name, **words), timeout=300)

    def revert(snapshot, **words):
        return node.RevertSnapshot(
            messages.RevertSnapshotRequest(vm_id=VM, snapshot_id=snapshot, **words), timeout=300
        )

    events = node.StreamEvents(nothing, timeout=300)
    first = create("first", description="with its memory")
    show("first", first)
    show("event", next(event for event in events if event.vm_id == first.snapshot_id or "first" in event.message))
    events.cancel()
    show("second", create("second", disk_only=True))
    show_fault("again", lambda: create("second"))
    show_fault("nameless", lambda: create(""))
    show_fault("consistency", lambda: create("third", require="perfect"))
    show_fault("less", lambda: create("third", disk_only=True, require="memory"))
    show("list", node.ListSnapshots(vm, timeout=30))
    show_fault("runs", lambda: revert(first.snapshot_id))
    show_fault("unknown", lambda: revert("nothing"))
    node.ForceStopVM(vm, timeout=60)
    revert(first.snapshot_id)
    node.StartVM(vm, timeout=300)
    show("back", node.GetVMStatus(vm, timeout=30))
    node.DeleteSnapshot(
        messages.DeleteSnapshotRequest(vm_id=VM, snapshot_id=first.snapshot_id), timeout=300
    )
    show("rest", node.ListSnapshots(vm, timeout=30))
