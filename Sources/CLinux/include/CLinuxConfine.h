// What a process does to lock itself in for good, over raw system calls: the headers of Debian 12 know less than kernels.
#pragma once
#include <stddef.h>
#include <stdint.h>

// --- namespaces (unshare(2)): an own user namespace, and in it an own network
int clinux_own_namespaces(void);

// --- Landlock (landlock(7), linux/landlock.h)
int clinux_landlock_abi(void);  // 0: the kernel has none, or was started without it
// A rule set that forbids these: accesses to files, to TCP ports, and reaching out of the domain. What the ABI does not
// know must be 0. Returns a descriptor.
int clinux_landlock_create(uint64_t files, uint64_t ports, uint64_t scopes);
// Permits `access` to the file or beneath the folder that is open, O_PATH or not.
int clinux_landlock_allow(int rules, int fd, uint64_t access);
int clinux_landlock_restrict(int rules);

// --- seccomp (seccomp(2), linux/seccomp.h)
// Puts a filter on this thread: instructions of classic BPF, 8 bytes each. With `listen` returns a descriptor that hears
// of every call that the filter answers with SECCOMP_RET_USER_NOTIF; it is close-on-exec.
int clinux_filter_load(const uint64_t *instructions, size_t count, int listen);
// Takes the next call that waits at a listener. -ENOENT: its process has gone meanwhile.
int clinux_filter_hear(int listener, int32_t *number, uint64_t arguments[6]);
