#define _GNU_SOURCE 1
#include "CLinuxFilter.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

// linux/prctl.h of Linux 5.17, and xfs_fs.h of xfslibs-dev.
#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#define XFS_IOC_DIOINFO _IOR('X', 30, unsigned[3])

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
    NAMED(SO_SNDBUF), NAMED(SO_SNDBUFFORCE), NAMED(SO_REUSEADDR), NAMED(SO_KEEPALIVE), NAMED(SO_OOBINLINE),
    NAMED(TCP_NODELAY), NAMED(MSG_FASTOPEN),
    // sys/ioctl.h, linux/sockios.h
    NAMED(TIOCOUTQ), NAMED(SIOCGIFINDEX),
    // linux/if_tun.h
    NAMED(TUNSETIFF), NAMED(TUNSETPERSIST), NAMED(TUNSETOWNER), NAMED(TUNSETVNETHDRSZ), NAMED(TUNSETOFFLOAD),
    NAMED(TUNSETSNDBUF), NAMED(TUNSETTXFILTER), NAMED(TUNDETACHFILTER),
    // signal.h
    NAMED(SIGABRT),
    // errno.h
    NAMED(EACCES), NAMED(EINVAL), NAMED(ENOSYS), NAMED(ENOTTY), NAMED(EPERM),
    // fcntl.h, for a hypervisor
    NAMED(F_DUPFD), NAMED(F_DUPFD_CLOEXEC), NAMED(F_GETFD), NAMED(F_SETFD), NAMED(F_ADD_SEALS), NAMED(F_GET_SEALS),
    NAMED(F_GETLK), NAMED(F_SETLK), NAMED(F_OFD_GETLK), NAMED(F_OFD_SETLK),
    // sched.h
    NAMED(CLONE_THREAD), NAMED(CLONE_PTRACE), NAMED(CLONE_NEWNS), NAMED(CLONE_NEWCGROUP), NAMED(CLONE_NEWUTS),
    NAMED(CLONE_NEWIPC), NAMED(CLONE_NEWUSER), NAMED(CLONE_NEWPID), NAMED(CLONE_NEWNET),
    // sys/prctl.h, linux/seccomp.h
    NAMED(PR_SET_NAME), NAMED(PR_GET_NAME), NAMED(PR_SET_TIMERSLACK), NAMED(PR_MCE_KILL), NAMED(PR_SET_NO_NEW_PRIVS),
    NAMED(PR_GET_NO_NEW_PRIVS), NAMED(PR_SET_VMA), NAMED(PR_CAPBSET_READ), NAMED(SECCOMP_SET_MODE_STRICT),
    NAMED(SECCOMP_SET_MODE_FILTER), NAMED(SECCOMP_GET_ACTION_AVAIL), NAMED(SECCOMP_GET_NOTIF_SIZES),
    // netinet/in.h
    NAMED(IPPROTO_TCP),
    // linux/if_tun.h, for a hypervisor
    NAMED(TUNGETIFF), NAMED(TUNGETFEATURES), NAMED(TUNGETVNETHDRSZ), NAMED(TUNGETSNDBUF), NAMED(TUNSETVNETLE),
    NAMED(TUNSETVNETBE), NAMED(TUNGETVNETLE), NAMED(TUNGETVNETBE), NAMED(TUNSETQUEUE),
    // linux/fs.h, asm-generic/ioctls.h
    NAMED(BLKGETSIZE), NAMED(BLKGETSIZE64), NAMED(BLKSSZGET), NAMED(BLKPBSZGET), NAMED(BLKROGET), NAMED(BLKDISCARD),
    NAMED(BLKZEROOUT), NAMED(BLKFLSBUF), NAMED(FS_IOC_FIEMAP), NAMED(FIGETBSZ), NAMED(FS_IOC_FSGETXATTR),
    NAMED(XFS_IOC_DIOINFO), NAMED(FIONBIO), NAMED(FIONREAD), NAMED(TCGETS),
};

int clinux_constant(const char *name, uint64_t *value) {
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
    if (strcmp(constants[i].name, name) != 0) continue;
    *value = constants[i].value;
    return 0;
  }
  return -ENOENT;
}
