#!/usr/bin/env python3
"""What a control plane asks of a node beside its VMs' lives: info.py HOST PORT FOLDER PROTO look|node|status VM|resume VM|events AFTER|logs VM|stop VM SECONDS

What it gets is printed as JSON, an object a line.
"""
import itertools
import json
import sys

from contract import channel, messages, nothing, services, show, show_fault


def known(node, after):
    """All events behind that number, until it has been quiet for a second."""
    words = (("procurator-after", str(after)), ("procurator-heartbeat", "1"))
    stream = node.StreamEvents(nothing, timeout=120, metadata=words)
    events = list(itertools.takewhile(lambda event: event.metadata.get("heartbeat") != "true", stream))
    stream.cancel()
    return events


def tell(what, events):
    kinds = [messages.EventType.Name(event.type) for event in events]
    print(json.dumps({"what": what, "answer": {"ids": [int(event.id) for event in events], "types": kinds}}), flush=True)


def look(node):
    show("node", node.GetNodeInfo(nothing, timeout=60))
    live = node.StreamEvents(nothing, timeout=120, metadata=(("procurator-heartbeat", "1"),))
    first = next(live)
    print(json.dumps({"what": "quiet", "answer": {"id": first.id, "beat": first.metadata.get("heartbeat", "")}}))
    spec = messages.VMSpec(cpu_cores=1, memory_mib=64)
    spec.disks.add(id="root", size_gib=1)
    created = node.CreateVM(messages.CreateVMOnNodeRequest(name="seen", spec=spec), timeout=60)
    vm = messages.VMIdRequest(vm_id=created.vm_id)
    node.StartVM(vm, timeout=60)
    show("status", node.GetVMStatus(vm, timeout=30))
    figures = node.StreamMetrics(messages.StreamMetricsRequest(interval_seconds=1), timeout=120)
    full = (one for one in figures if any(v.vm_id == created.vm_id and v.memory_used_bytes for v in one.vms))
    show("metrics", next(full))
    show("metrics again", next(full))
    figures.cancel()
    # It has no guest that hears a power button.
    for seconds in (2, 0):
        stop = messages.StopVMRequest(vm_id=created.vm_id, timeout_seconds=seconds)
        show_fault("stop %d" % seconds, lambda: node.StopVM(stop, timeout=60))
    show("runs on", node.GetVMStatus(vm, timeout=30))
    node.PauseVM(vm, timeout=60)
    show_fault("stop paused", lambda: node.StopVM(stop, timeout=60))
    node.ResumeVM(vm, timeout=60)
    disk = messages.DiskSpec(id="more", size_gib=1, bus=messages.DISK_BUS_VIRTIO)
    node.AttachDisk(messages.AttachDiskRequest(vm_id=created.vm_id, disk=disk), timeout=60)
    for key, text in (("procurator-after", "x"), ("procurator-heartbeat", "0")):
        show_fault("bad " + key, lambda: next(node.StreamEvents(nothing, timeout=30, metadata=((key, text),))))
    show_fault("bad interval", lambda: next(node.StreamMetrics(messages.StreamMetricsRequest(interval_seconds=3601), timeout=30)))
    # What came to one who was there, and what one hears who comes back.
    seen = []
    for event in live:
        if event.metadata.get("heartbeat") != "true":
            seen.append(event)
        if event.type == messages.EVENT_TYPE_DISK_ATTACHED:
            break
    live.cancel()
    tell("seen", seen)
    tell("known", known(node, int(seen[0].id) - 1)[: len(seen)])
    tell("of the future", known(node, 1 << 50)[:1])
    ended = messages.StopVMRequest(vm_id=created.vm_id, timeout_seconds=1, end_at_deadline=True)
    node.StopVM(ended, timeout=60)
    show("ended", node.GetVMStatus(vm, timeout=30))
    node.StopVM(stop, timeout=60)
    node.StartVM(vm, timeout=60)


with channel() as connection:
    node = services.NodeDaemonServiceStub(connection)
    what, words = sys.argv[5], sys.argv[6:]
    if what == "look":
        look(node)
    elif what == "node":
        for _ in range(2):
            show("node", node.GetNodeInfo(nothing, timeout=60))
    elif what == "status":
        show("status", node.GetVMStatus(messages.VMIdRequest(vm_id=words[0]), timeout=30))
    elif what == "resume":
        node.ResumeVM(messages.VMIdRequest(vm_id=words[0]), timeout=30)
    elif what == "events":
        tell("events", known(node, int(words[0])))
    elif what == "logs":
        show("log", node.GetVMLogs(messages.GetVMLogsRequest(vm_id=words[0], lines=2), timeout=30))
        show("whole log", node.GetVMLogs(messages.GetVMLogsRequest(vm_id=words[0]), timeout=30))
        show_fault("no log", lambda: node.GetVMLogs(messages.GetVMLogsRequest(vm_id="nobody"), timeout=30))
    elif what == "stop":
        stop = messages.StopVMRequest(vm_id=words[0], timeout_seconds=int(words[1]))
        show_fault("stop", lambda: node.StopVM(stop, timeout=int(words[1]) + 60))
