#!/usr/bin/env python3
"""What a control plane does in a guest: guest.py HOST PORT FOLDER PROTO VM ISO

The guest runs, has a file system at /data and an empty CD drive. At the end it has powered off.
"""
import sys

from contract import channel, messages, services, show, show_fault, until

VM, ISO = sys.argv[5:7]

with channel() as connection:
    node = services.NodeDaemonServiceStub(connection)
    vm = messages.VMIdRequest(vm_id=VM)

    def run(command, *args, **more):
        request = messages.ExecuteInGuestRequest(
            vm_id=VM, command=command, args=args, wait_for_exit=True, timeout_seconds=60, **more
        )
        return node.ExecuteInGuest(request, timeout=120)

    def ping():
        return node.PingAgent(vm, timeout=60)

    def status():
        return node.GetVMStatus(vm, timeout=60)

    show("ping", ping())
    until("it says what it is", lambda: status().HasField("guest_agent"))
    show("status", status())

    # Arguments are arguments: nothing of them is read by a shell.
    show("args", run("printf", "%s|", "a b", "$(id)", "'", environment={"PATH": "/bin", "X": "y"}))
    show("where", run("sh", "-c", 'pwd; echo "$1"', "sh", "$HOME'", working_directory="/etc"))
    show("who", run("id", "-u", user="nobody", working_directory="/tmp"))
    show("input", run("cat", stdin_bytes=b"\x00\xff"))
    show("signal", run("sh", "-c", "kill -9 $$"))
    show_fault("no folder", lambda: run("pwd", working_directory="/nowhere"))
    show_fault("no user", lambda: run("id", user="nobody-at-all"))
    late = messages.ExecuteInGuestRequest(
        vm_id=VM, command="sh", args=["-c", "echo begun; sleep 4711 & sleep 4711"], wait_for_exit=True, timeout_seconds=3
    )
    show("late", node.ExecuteInGuest(late, timeout=60))
    show("rest", run("sh", "-c", "grep -ls 471[1] /proc/[0-9]*/cmdline | wc -l"))

    def write(data, path="/data/sub/file", **more):
        request = messages.WriteGuestFileRequest(vm_id=VM, path=path, data=data, **more)
        return node.WriteGuestFile(request, timeout=60)

    show("written", write(b"first", mode=0o640, owner="nobody:nogroup", create_parents=True))
    show("again", write(b"0123456789"))
    show("facts", run("stat", "-c", "%a %U %G", "/data/sub/file"))
    show("files", run("ls", "-A", "/data/sub"))
    show("device", write(b"said to a device\n", path="/dev/ttyS0"))
    show_fault("no owner", lambda: write(b"x", owner="nobody-at-all"))
    read = messages.ReadGuestFileRequest(vm_id=VM, path="/data/sub/file", offset=3, max_size=4)
    show("read", node.ReadGuestFile(read, timeout=60))

    run("date", "-s", "2001-02-03 04:05:06")
    show("clock", node.SyncTime(messages.SyncTimeRequest(vm_id=VM), timeout=60))
    show("year", run("date", "+%Y"))

    frozen = node.QuiesceFilesystems(
        messages.QuiesceFilesystemsRequest(vm_id=VM, mount_points=["/data"], timeout_seconds=300), timeout=120
    )
    show("frozen", frozen)
    show_fault("no program", lambda: run("true"))
    show("frozen ping", ping())

    def thaw(token):
        return node.ThawFilesystems(messages.ThawFilesystemsRequest(vm_id=VM, quiesce_token=token), timeout=60)

    show_fault("no token", lambda: thaw(""))
    show_fault("wrong token", lambda: thaw("0" * 32))
    show("thawed", thaw(frozen.quiesce_token))
    show_fault("thawed twice", lambda: thaw(frozen.quiesce_token))

    def down(**more):
        return node.GuestShutdown(messages.GuestShutdownRequest(vm_id=VM, **more), timeout=60)

    boot = run("cat", "/proc/sys/kernel/random/boot_id").stdout
    show("reboot", down(reboot=True))

    def is_other():
        try:
            return ping().connected and run("cat", "/proc/sys/kernel/random/boot_id").stdout != boot
        except Exception:
            return False

    def read_medium():
        answer = run("head", "-c", "8", "/dev/sr0")
        return answer if answer.stdout else None

    until("it has started again", is_other)
    show("after reboot", status())
    boot = run("cat", "/proc/sys/kernel/random/boot_id").stdout
    node.RebootVM(vm, timeout=120)
    until("it has rebooted", is_other)

    def medium(path, **more):
        node.ChangeMedia(messages.ChangeMediaRequest(vm_id=VM, iso_path=path, **more), timeout=60)

    medium(ISO)
    show("medium", until("it reads the medium", read_medium))
    show_fault("no medium", lambda: medium("/nowhere.iso"))
    show_fault("no drive", lambda: medium(ISO, device="zip"))
    medium("", device="sdb")
    until("it reads no medium", lambda: not run("head", "-c", "8", "/dev/sr0").stdout)
    show("down", down(delay_seconds=2, message="maintenance at noon"))
    show("still up", status())
    until("it is down", lambda: status().state == messages.POWER_STATE_STOPPED)
