#define _GNU_SOURCE 1
#include "CLinuxFilter.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

// Names that policies/seccomp/*.list may use. Name and value cannot differ.
#define NAMED(name) {#name, (uint64_t)(name)}

static const struct {
  const char *name;
  uint64_t value;
} constants[] = {
    // fcntl.h
    NAMED(O_RDONLY), NAMED(O_WRONLY), NAMED(O_RDWR), NAMED(O_CREAT), NAMED(O_TRUNC), NAMED(O_NONBLOCK),
    NAMED(O_DIRECTORY), NAMED(O_CLOEXEC), NAMED(F_GETFL), NAMED(F_SETFL),
    // sys/mman.h
    NAMED(PROT_READ), NAMED(PROT_WRITE), NAMED(PROT_EXEC),
    // sys/socket.h, linux/netlink.h
    NAMED(AF_UNIX), NAMED(AF_INET), NAMED(AF_NETLINK), NAMED(NETLINK_ROUTE), NAMED(NETLINK_NETFILTER),
    NAMED(SOL_SOCKET), NAMED(SOL_NETLINK), NAMED(SO_PEERCRED), NAMED(SO_RCVBUF), NAMED(SO_RCVBUFFORCE),
    NAMED(SO_SNDBUF), NAMED(SO_SNDBUFFORCE),
    // sys/ioctl.h, linux/sockios.h
    NAMED(TIOCOUTQ), NAMED(SIOCGIFINDEX),
    // linux/if_tun.h
    NAMED(TUNSETIFF), NAMED(TUNSETPERSIST), NAMED(TUNSETOWNER), NAMED(TUNSETVNETHDRSZ), NAMED(TUNSETOFFLOAD),
    NAMED(TUNSETSNDBUF), NAMED(TUNSETTXFILTER), NAMED(TUNDETACHFILTER),
    // signal.h
    NAMED(SIGABRT),
};

int clinux_constant(const char *name, uint64_t *value) {
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
    if (strcmp(constants[i].name, name) != 0) continue;
    *value = constants[i].value;
    return 0;
  }
  return -ENOENT;
}
