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
    spec.nics.add(network="default")
    spec.console.vnc_enabled = True
    request = messages.CreateVMOnNodeRequest(
        vm_id="7b1e5a58-0d6c-4f35-9d5f-2f7f2f1f0c11", name="py", spec=spec, labels={"by": "python"}
    )
    created = node.CreateVM(request, timeout=60)
    show("created", created)
    show("created again", node.CreateVM(request, timeout=60))
    request.spec.memory_mib = 128
    show_fault("another", lambda: node.CreateVM(request, timeout=60))
    vm = messages.VMIdRequest(vm_id=created.vm_id)
    events = node.StreamEvents(nothing, timeout=60)
    node.StartVM(vm, timeout=60)
    show("event", next(event for event in events if event.vm_id == created.vm_id))
    events.cancel()
    show("running", node.GetVMStatus(vm, timeout=30))
    show("console", node.GetConsole(vm, timeout=30))
    node.PauseVM(vm, timeout=30)
    show("paused", node.GetVMStatus(vm, timeout=30))
    node.ResumeVM(vm, timeout=30)
    show_fault("fault 1", lambda: node.GetVMStatus(messages.VMIdRequest(vm_id="nobody"), timeout=30))
    show_fault("fault 2", lambda: node.CreateVM(messages.CreateVMOnNodeRequest(name="py2"), timeout=30))
    show_fault("fault 3", lambda: list(node.StreamEvents(nothing, timeout=1)))
    port = created.vm_id + "/0"
    show("ports", node.ListNetworkPorts(nothing, timeout=30))
    limits = messages.NetworkPortQoS(ingress_rate_kbps=8000, egress_rate_kbps=16000)
    limited = messages.ConfigureNetworkPortRequest(port_id=port, vm_id="py", network_id="default", qos=limits)
    show("limited", node.ConfigureNetworkPort(limited, timeout=30))
    limited.security_group_ids.append("web")
    show_fault("groups", lambda: node.ConfigureNetworkPort(limited, timeout=30))
    show_fault("port stays", lambda: node.DeleteNetworkPort(messages.DeleteNetworkPortRequest(port_id=port), timeout=30))
    show_fault("no port", lambda: node.DeleteNetworkPort(messages.DeleteNetworkPortRequest(port_id="py/7"), timeout=30))
    show("ovs", node.GetOVSStatus(nothing, timeout=30))
    node.ForceStopVM(vm, timeout=60)
    card = messages.NicSpec(id="second", network="default")
    show("card", node.AttachNIC(messages.AttachNICRequest(vm_id="py", nic=card), timeout=30))
    show("cards", node.ListNetworkPorts(nothing, timeout=30))
    node.DetachNIC(messages.DetachNICRequest(vm_id="py", nic_id="second"), timeout=30)
    show("cards after", node.ListNetworkPorts(nothing, timeout=30))
    job = messages.GetDownloadStatusRequest(job_id="j")
    show_fault("no download", lambda: node.GetDownloadStatus(job, timeout=30))
    cancelled = messages.CancelDownloadRequest(job_id="j")
    show_fault("no cancel", lambda: node.CancelDownload(cancelled, timeout=30))
    show_fault("no migration", lambda: node.PrepareMigration(messages.PrepareMigrationRequest(vm_id="py"), timeout=30))
    show("port down", node.GetNetworkPortStatus(messages.GetNetworkPortStatusRequest(port_id="py/0"), timeout=30))
    show("list", node.ListVMs(nothing, timeout=30))
    node.DeleteVM(vm, timeout=60)
    show("rest", node.ListVMs(nothing, timeout=30))
