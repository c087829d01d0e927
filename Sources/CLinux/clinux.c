#define _GNU_SOURCE 1
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/if_tun.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_DESCRIPTORS 64

union control {
  char bytes[CMSG_SPACE(sizeof(int) * MAX_DESCRIPTORS)];
  struct cmsghdr align;
};

ssize_t clinux_send(int socket, const void *bytes, size_t length, const int *fds, size_t count) {
  struct iovec part = {(void *)(uintptr_t)bytes, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  union control control;
  if (count > MAX_DESCRIPTORS) return -EINVAL;
  if (count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
  }
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

ssize_t clinux_receive(int socket, void *bytes, size_t length, int *fds, size_t *count, int *truncated) {
  struct iovec part = {bytes, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  union control control;
  size_t room = *count;
  *count = 0;
  // Without room for descriptors there is no control buffer at all: the kernel drops what a peer sends.
  if (room > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
  }
  ssize_t got;
  do got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got < 0) return -errno;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t arrived = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < arrived; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      if (*count < room) fds[(*count)++] = fd;
      else {
        close(fd);
        message.msg_flags |= MSG_CTRUNC;
      }
    }
  }
  *truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  return got;
}

int clinux_accept(int socket) {
  int fd;
  do fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  while (fd < 0 && errno == EINTR);
  return fd < 0 ? -errno : fd;
}

int clinux_peer(int socket, int32_t *pid, uint32_t *uid, uint32_t *gid) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return -errno;
  *pid = peer.pid;
  *uid = peer.uid;
  *gid = peer.gid;
  return 0;
}

int clinux_dup_above(int fd, int lowest) {
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, lowest);
  return copy < 0 ? -errno : copy;
}

int clinux_close_range(unsigned first, unsigned last, int only_mark) {
  return syscall(SYS_close_range, first, last, only_mark ? CLOSE_RANGE_CLOEXEC : 0) < 0 ? -errno : 0;
}

int clinux_exchange(const char *one, const char *other) {
  return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) < 0 ? -errno : 0;
}

int clinux_rename_new(int folder, const char *from, const char *to) {
  return renameat2(folder, from, folder, to, RENAME_NOREPLACE) < 0 ? -errno : 0;
}

int clinux_lock(int fd) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  return fcntl(fd, F_OFD_SETLK, &lock) < 0 ? (errno == EACCES ? -EAGAIN : -errno) : 0;
}

int clinux_lock_held(int fd) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  return fcntl(fd, F_OFD_GETLK, &lock) < 0 ? -errno : lock.l_type != F_UNLCK;
}

int clinux_byte_held(int fd, int64_t byte) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
  return fcntl(fd, F_OFD_GETLK, &lock) < 0 ? -errno : lock.l_type != F_UNLCK;
}

int clinux_socket_timeout(int fd, int seconds) {
  struct timeval time = {.tv_sec = seconds};
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) < 0) return -errno;
  return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) < 0 ? -errno : 0;
}

int clinux_memfd(const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int clinux_open_beneath(int folder, const char *path, int flags) {
  struct open_how how = {
      .flags = (uint64_t)(unsigned)flags,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
  };
  int fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
  return fd < 0 ? -errno : fd;
}

int clinux_reserve(int fd, uint64_t length) {
  return fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)length) < 0 ? -errno : 0;
}

int clinux_collapse(int fd, uint64_t length) {
  return fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, (off_t)length) < 0 ? -errno : 0;
}

int clinux_tap_open(const char *name, int flags) {
  int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -errno;
  struct ifreq request;
  memset(&request, 0, sizeof request);
  if (strlen(name) >= IFNAMSIZ) {
    close(fd);
    return -ENAMETOOLONG;
  }
  strcpy(request.ifr_name, name);
  request.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | flags);
  if (ioctl(fd, TUNSETIFF, &request) < 0) {
    int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

int clinux_tap_persist(int fd, int on) { return ioctl(fd, TUNSETPERSIST, (unsigned long)on) < 0 ? -errno : 0; }
int clinux_tap_owner(int fd, uint32_t uid) { return ioctl(fd, TUNSETOWNER, (unsigned long)uid) < 0 ? -errno : 0; }
int clinux_tap_flags(void) { return IFF_VNET_HDR; }

// The child shares the parent's memory until execve: nothing but system calls on its own stack.
struct child {
  const struct clinux_spawn *plan;
  volatile int error;
};

static int child_main(void *argument) {
  struct child *child = argument;
  const struct clinux_spawn *plan = child->plan;
  int copies[MAX_DESCRIPTORS + 8];
  int lowest = 3;
  for (int number = 1; number < NSIG; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL) {
      memset(&action, 0, sizeof action);
      action.sa_handler = SIG_DFL;
      sigaction(number, &action, NULL);
    }
  }
  if (plan->new_session) setsid();
  struct rlimit time = {plan->cpu_seconds, plan->cpu_seconds}, space = {plan->address_space, plan->address_space};
  if (plan->cpu_seconds && setrlimit(RLIMIT_CPU, &time) < 0) goto failed;
  if (plan->address_space && setrlimit(RLIMIT_AS, &space) < 0) goto failed;
  for (size_t i = 0; i < plan->count; i++)
    if (plan->targets[i] >= lowest) lowest = plan->targets[i] + 1;
  // Sources first move above every target, so that no dup2 overwrites one that is still needed.
  for (size_t i = 0; i < plan->count; i++)
    if ((copies[i] = fcntl(plan->sources[i], F_DUPFD_CLOEXEC, lowest)) < 0) goto failed;
  for (size_t i = 0; i < plan->count; i++)
    if (dup2(copies[i], plan->targets[i]) < 0) goto failed;
  for (int fd = 3; fd < lowest; fd++) {
    int kept = 0;
    for (size_t i = 0; i < plan->count; i++) kept |= plan->targets[i] == fd;
    if (!kept) fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  if (syscall(SYS_close_range, (unsigned)lowest, ~0u, CLOSE_RANGE_CLOEXEC) < 0) goto failed;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(plan->path, plan->argv, plan->envp);
failed:
  child->error = errno ? errno : EIO;
  _exit(127);
}

int clinux_spawn(const struct clinux_spawn *plan, int32_t *pid, int *pidfd) {
  const size_t stack_size = 64 << 10;
  if (plan->count > MAX_DESCRIPTORS + 8) return -EINVAL;
  char *stack = mmap(NULL, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return -errno;
  struct child child = {plan, 0};
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &old);
  int fd = -1;
  int process = clone(child_main, stack + stack_size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &child, &fd);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  munmap(stack, stack_size);
  if (process < 0) return -error;
  if (child.error) {
    siginfo_t info;
    waitid(P_PID, (id_t)process, &info, WEXITED);
    close(fd);
    return -child.error;
  }
  *pid = process;
  *pidfd = fd;
  return 0;
}

int clinux_pidfd_open(int32_t pid) {
  long fd = syscall(SYS_pidfd_open, pid, 0);
  return fd < 0 ? -errno : (int)fd;
}

int clinux_pidfd_signal(int pidfd, int number) {
  return syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) < 0 ? -errno : 0;
}

int clinux_pidfd_reap(int pidfd, int32_t *code, int *by_signal, int block) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  int result;
  do result = waitid((idtype_t)3 /* P_PIDFD */, (id_t)pidfd, &info, WEXITED | (block ? 0 : WNOHANG));
  while (result < 0 && errno == EINTR);
  if (result < 0) return -errno;
  if (info.si_pid == 0) return 0;
  *by_signal = info.si_code != CLD_EXITED;
  *code = info.si_status;
  return 1;
}

int clinux_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0; }
int clinux_unshare_net(void) { return unshare(CLONE_NEWNET) < 0 ? -errno : 0; }

int clinux_limit(enum clinux_resource resource, uint64_t value) {
  static const int numbers[] = {RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_MEMLOCK};
  struct rlimit limit;
  if (getrlimit(numbers[resource], &limit) < 0) return -errno;
  if (value < limit.rlim_max) limit.rlim_max = value;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(numbers[resource], &limit) < 0 ? -errno : 0;
}

// Set by the linker: where the program begins, and where its code ends (end(3)).
extern const char __executable_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

void clinux_release_code(void) {
  long page = sysconf(_SC_PAGESIZE);
  // What is not writable is as in the file: the kernel maps it again where it is touched. Relocated data lies behind.
  uintptr_t start = (uintptr_t)__executable_start & ~(uintptr_t)(page - 1);
  uintptr_t end = (uintptr_t)etext & ~(uintptr_t)(page - 1);
  if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
}

uint64_t clinux_tsc(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return 0;
#endif
}
