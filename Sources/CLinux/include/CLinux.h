// Calls that Swift's Glibc module lacks, over plain integers and pointers. No logic of the product lives here.
// Every function that can fail returns -errno.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "CLinuxConfine.h"
#include "CLinuxFilter.h"
#include "CLinuxTap.h"

// --- descriptors and sockets

// One packet with up to 64 descriptors. Returns the bytes sent.
ssize_t clinux_send(int socket, const void *bytes, size_t length, const int *fds, size_t count);
// One packet. *count is the room in fds, then what arrived; what does not fit is closed. *truncated is set when the
// kernel cut the payload or the descriptors. Received descriptors are close-on-exec.
ssize_t clinux_receive(int socket, void *bytes, size_t length, int *fds, size_t *count, int *truncated);
void clinux_release_code(void);  // unmaps the program's own code until it is used again
int clinux_accept(int socket);  // non-blocking, close-on-exec
int clinux_peer(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid);
int clinux_dup_above(int fd, int lowest);  // close-on-exec copy
int clinux_close_range(unsigned first, unsigned last, int only_mark);
// Write locks of open file descriptions (fcntl(2)): held as long as any copy of the descriptor is open.
int clinux_lock(int fd);       // 0 locked, -EAGAIN held elsewhere
int clinux_lock_held(int fd);  // 1 held elsewhere, 0 free; takes nothing
int clinux_byte_held(int fd, int64_t byte);  // the same of one byte
int clinux_socket_timeout(int fd, int seconds);  // for receiving and sending; -EAGAIN from then on
int clinux_memfd(const char *name);
int clinux_exchange(const char *one, const char *other);  // two names change places at once (renameat2(2))
int clinux_rename_new(int folder, const char *from, const char *to);  // -EEXIST for a name that is taken (renameat2(2))
int clinux_open_beneath(int folder, const char *path, int flags);  // RESOLVE_BENEATH, no magic links (openat2(2))
int clinux_reserve(int fd, uint64_t length);  // FALLOC_FL_KEEP_SIZE from the front (fallocate(2))
int clinux_collapse(int fd, uint64_t length);  // FALLOC_FL_COLLAPSE_RANGE at the front (fallocate(2))

// --- network devices (linux/if_tun.h)

int clinux_tap_open(const char *name, int flags);  // flags on top of IFF_TAP|IFF_NO_PI
int clinux_tap_persist(int fd, int on);
int clinux_tap_owner(int fd, uint32_t uid);
int clinux_tap_flags(void);  // IFF_VNET_HDR

// --- processes

struct clinux_spawn {
  const char *path;
  char *const *argv;
  char *const *envp;
  const int *sources;  // the child finds sources[i] at targets[i]; all else from 3 on is closed at exec
  const int *targets;
  size_t count;
  int new_session;
  uint64_t cpu_seconds, address_space;  // RLIMIT_CPU and RLIMIT_AS; 0 leaves what is
};
// clone(CLONE_VM|CLONE_VFORK|CLONE_PIDFD) and execve. A failed execve is reported here.
int clinux_spawn(const struct clinux_spawn *plan, int32_t *pid, int *pidfd);
int clinux_pidfd_open(int32_t pid);
int clinux_pidfd_signal(int pidfd, int signal);
// Reaps. 1: reaped, *code is the exit status or (with *by_signal) the signal; 0: still running.
int clinux_pidfd_reap(int pidfd, int32_t *code, int *by_signal, int block);
int clinux_no_new_privileges(void);
enum clinux_resource { CLINUX_OPEN_FILES, CLINUX_CORE_SIZE, CLINUX_LOCKED_MEMORY };
// Sets soft and hard limit, at most to the present hard limit.
int clinux_limit(enum clinux_resource resource, uint64_t value);

// --- namespaces (tests)
int clinux_unshare_net(void);

// --- clocks
uint64_t clinux_tsc(void);  // time-stamp counter; 0 where the processor has none
int clinux_clock_state(int *synchronised);  // whether CLOCK_REALTIME is kept in step (adjtimex(2), STA_UNSYNC)
