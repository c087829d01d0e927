#!/usr/bin/env python3
"""A control plane of the contract: client.py HOST PORT FOLDER PROTO

What it does is looked at by the test from the other side; what it gets is printed as JSON, an object a line.
"""
from contract import channel, messages, nothing, services, show, show_fault

with channel() as connection:
    node = services.NodeDaemonServiceStub(connection)
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
    show_fault("fault 1", lambda: node.GetVMStatus(messages.VMIdRequest(vm_id="nobody"), timeout=30))
    show_fault("fault 2", lambda: node.CreateVM(messages.CreateVMOnNodeRequest(name="py2"), timeout=30))
    show_fault("fault 3", lambda: list(node.StreamEvents(nothing, timeout=1)))
    node.ForceStopVM(vm, timeout=60)
    show("list", node.ListVMs(nothing, timeout=30))
    node.DeleteVM(vm, timeout=60)
    show("rest", node.ListVMs(nothing, timeout=30))
