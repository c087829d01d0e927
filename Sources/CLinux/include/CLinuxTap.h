// What is done to an attached TAP (linux/if_tun.h), and the identity of a thread.
#pragma once
#include <stdint.h>

// Undoes what a former holder may have set on the device: owner 0, persistent, header size, offloads, send buffer, filters.
int clinux_tap_reset(int fd);
// Flags of clinux_tap_open() for one that only looks: the interface does not get a carrier by it.
int clinux_tap_probe_flags(void);
// Fakes loss or return of the carrier, as any holder may (tests).
int clinux_tap_carrier(int fd, int on);
// Gives the calling thread alone another user and group, and no other groups, by raw system calls.
int clinux_thread_identity(uint32_t uid, uint32_t gid);
