// The floors of `attach_pooled` and `attach_cold`: a client and a server over SOCK_SEQPACKET, and in the server just
// the system calls that the kernel needs for the work. Runs in a network namespace of its own, where BRIDGE is up.
//   ports pooled|cold COUNT BRIDGE
#define _GNU_SOURCE 1
#include "floor.h"
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>

// BATCH: what is made cold before all of it is deleted together, as netd does. PAUSE and REST are microseconds.
enum { POOL = 16, BATCH = 48, MESSAGE = 64, WARM_UP = 16, PAUSE = 1000, REST = 400000 };

static int route;
static int bridge;

static void put(struct nlmsghdr *header, unsigned short type, const void *bytes, size_t length) {
  struct rtattr *attribute = (struct rtattr *)((char *)header + NLMSG_ALIGN(header->nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = (unsigned short)RTA_LENGTH(length);
  memcpy(RTA_DATA(attribute), bytes, length);
  header->nlmsg_len = NLMSG_ALIGN(header->nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

// One request about the interface, and the kernel's acknowledgement.
static void link_request(unsigned short type, const char *name, const char *alias) {
  static unsigned sequence;
  union {
    struct nlmsghdr header;
    char bytes[1024];
  } message = {0};
  struct ifinfomsg *info = NLMSG_DATA(&message.header);
  message.header.nlmsg_len = NLMSG_LENGTH(sizeof *info);
  message.header.nlmsg_type = type;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  message.header.nlmsg_seq = ++sequence;
  put(&message.header, IFLA_IFNAME, name, strlen(name) + 1);
  if (alias) {
    info->ifi_flags = info->ifi_change = IFF_UP;
    put(&message.header, IFLA_MASTER, &bridge, sizeof bridge);
    put(&message.header, IFLA_IFALIAS, alias, strlen(alias));
  }
  if (send(route, &message, message.header.nlmsg_len, 0) < 0) die("netlink");
  if (recv(route, &message, sizeof message, 0) < 0) die("netlink");
  struct nlmsgerr *outcome = NLMSG_DATA(&message.header);
  if (message.header.nlmsg_type != NLMSG_ERROR || outcome->error != 0) {
    errno = -outcome->error;
    die("netlink");
  }
}

static int tap_open(const char *name) {
  int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) die("/dev/net/tun");
  struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &request) < 0) die("TUNSETIFF");
  return fd;
}

static int tap_make(const char *name, const char *alias) {
  int fd = tap_open(name);
  if (ioctl(fd, TUNSETOWNER, 0ul) < 0) die("TUNSETOWNER");
  link_request(RTM_SETLINK, name, alias);
  if (ioctl(fd, TUNSETPERSIST, 1ul) < 0) die("TUNSETPERSIST");
  return fd;
}

static void delete_first(int count) {
  char name[IFNAMSIZ];
  for (int slot = 0; slot < count; slot++) {
    snprintf(name, sizeof name, "flr0-%d", slot);
    link_request(RTM_DELLINK, name, NULL);
  }
}

static void serve(int socket, int is_pooled) {
  static const char spare[] = "procurator:spare";
  static const char lease[] = "procurator:6f0c2b1e-8d3a-4f5e-9a7b-0123456789ab:0:4294967295:kept";
  char bytes[16384], name[IFNAMSIZ];
  for (int slot = 0; is_pooled && slot < POOL; slot++) {
    snprintf(name, sizeof name, "flr0-%d", slot);
    close(tap_make(name, spare));
  }
  for (int turn = 0; recv(socket, bytes, sizeof bytes, 0) > 0; turn++) {
    snprintf(name, sizeof name, "flr0-%d", turn % (is_pooled ? POOL : BATCH));
    int fd;
    if (is_pooled) {
      fd = tap_open(name);
      link_request(RTM_SETLINK, name, lease);
    } else {
      fd = tap_make(name, lease);
    }
    send_descriptor(socket, bytes, MESSAGE, fd);
    close(fd);
    // The client says when it has let go; what follows is not measured.
    if (recv(socket, bytes, sizeof bytes, 0) <= 0) break;
    if (!is_pooled && turn % BATCH == BATCH - 1) delete_first(BATCH);
  }
  if (is_pooled) delete_first(POOL);
  _exit(0);
}

int main(int count, char **words) {
  if (count != 4) {
    fprintf(stderr, "usage: ports pooled|cold COUNT BRIDGE\n");
    return 64;
  }
  int is_pooled = strcmp(words[1], "pooled") == 0;
  int rounds = atoi(words[2]);
  bridge = (int)if_nametoindex(words[3]);
  if (bridge == 0) die(words[3]);
  route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (route < 0) die("netlink");
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) die("socketpair");
  pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) {
    close(ends[0]);
    serve(ends[1], is_pooled);
  }
  close(ends[1]);
  char bytes[16384] = {0};
  for (int round = -WARM_UP; round < rounds; round++) {
    uint64_t begun = now();
    if (send(ends[0], bytes, MESSAGE, MSG_NOSIGNAL) < 0) die("send");
    int fd = receive_descriptor(ends[0], bytes, sizeof bytes);
    uint64_t ended = now();
    close(fd);
    if (send(ends[0], bytes, 1, MSG_NOSIGNAL) < 0) die("send");
    if (round >= 0) sample(begun, ended);
    usleep((round + WARM_UP + 1) % BATCH == 0 ? REST : PAUSE);
  }
  return 0;
}
