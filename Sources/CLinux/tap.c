#define _GNU_SOURCE 1
#include "CLinuxTap.h"
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_tap_reset(int fd) {
  int header = 10;  // sizeof(struct virtio_net_hdr), what a new TAP has
  int send_buffer = INT_MAX;
  struct tun_filter everything = {0};
  struct sock_fprog none = {0};
  if (ioctl(fd, TUNSETOWNER, 0ul) < 0) return -errno;
  if (ioctl(fd, TUNSETPERSIST, 1ul) < 0) return -errno;
  if (ioctl(fd, TUNSETVNETHDRSZ, &header) < 0) return -errno;
  if (ioctl(fd, TUNSETOFFLOAD, 0ul) < 0) return -errno;
  if (ioctl(fd, TUNSETSNDBUF, &send_buffer) < 0) return -errno;
  if (ioctl(fd, TUNSETTXFILTER, &everything) < 0) return -errno;
  // Answers an error when there is no filter.
  (void)ioctl(fd, TUNDETACHFILTER, &none);
  return 0;
}

int clinux_tap_probe_flags(void) { return IFF_VNET_HDR | IFF_NO_CARRIER; }

int clinux_tap_carrier(int fd, int on) { return ioctl(fd, TUNSETCARRIER, &on) < 0 ? -errno : 0; }

int clinux_thread_identity(uint32_t uid, uint32_t gid) {
  if (syscall(SYS_setgroups, 0, NULL) < 0) return -errno;
  if (syscall(SYS_setresgid, gid, gid, gid) < 0) return -errno;
  if (syscall(SYS_setresuid, uid, uid, uid) < 0) return -errno;
  return 0;
}
