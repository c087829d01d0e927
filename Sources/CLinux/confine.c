#define _GNU_SOURCE 1
#include "CLinuxConfine.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_own_namespaces(void) {
  return unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 ? -errno : 0;
}

// include/uapi/linux/landlock.h of Linux 6.12; older headers end after the first field.
struct rule_set {
  uint64_t files;
  uint64_t ports;
  uint64_t scopes;
};
struct path_rule {
  uint64_t access;
  int32_t fd;
} __attribute__((packed));
#define ABI_WANTED 1u  // LANDLOCK_CREATE_RULESET_VERSION
#define BENEATH 1      // LANDLOCK_RULE_PATH_BENEATH

int clinux_landlock_abi(void) {
  long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ABI_WANTED);
  return abi < 0 ? 0 : (int)abi;
}

int clinux_landlock_create(uint64_t files, uint64_t ports, uint64_t scopes) {
  struct rule_set set = {files, ports, scopes};
  // An older kernel takes a longer structure as long as what it does not know is 0.
  long fd = syscall(SYS_landlock_create_ruleset, &set, sizeof set, 0);
  return fd < 0 ? -errno : (int)fd;
}

int clinux_landlock_allow(int rules, int fd, uint64_t access) {
  struct path_rule rule = {access, fd};
  return syscall(SYS_landlock_add_rule, rules, BENEATH, &rule, 0) < 0 ? -errno : 0;
}

int clinux_landlock_restrict(int rules) { return syscall(SYS_landlock_restrict_self, rules, 0) < 0 ? -errno : 0; }

_Static_assert(sizeof(struct sock_filter) == sizeof(uint64_t), "an instruction has 8 bytes");

int clinux_filter_load(const uint64_t *instructions, size_t count, int listen) {
  if (count > BPF_MAXINSNS) return -E2BIG;
  struct sock_fprog program = {
      .len = (unsigned short)count, .filter = (struct sock_filter *)(uintptr_t)instructions};
  unsigned flags = listen ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
  long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  return result < 0 ? -errno : (int)result;
}

int clinux_filter_hear(int listener, int32_t *number, uint64_t arguments[6]) {
  struct seccomp_notif notice;
  memset(&notice, 0, sizeof notice);
  int result;
  do result = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notice);
  while (result < 0 && errno == EINTR);
  if (result < 0) return -errno;
  *number = notice.data.nr;
  for (int i = 0; i < 6; i++) arguments[i] = notice.data.args[i];
  return 0;
}
