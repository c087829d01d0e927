// What the floors of ports share: TAPs and what is said about them by netlink, each as the fewest system calls.
#pragma once
#include "floor.h"
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>

// A netlink socket, the bridge that TAPs join, and the group by which they are deleted together, as netd does.
static int route;
static int bridge;
static int group;

static inline void put(struct nlmsghdr *header, unsigned short type, const void *bytes, size_t length) {
  struct rtattr *attribute = (struct rtattr *)((char *)header + NLMSG_ALIGN(header->nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = (unsigned short)RTA_LENGTH(length);
  memcpy(RTA_DATA(attribute), bytes, length);
  header->nlmsg_len = NLMSG_ALIGN(header->nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

// What a request says of an interface besides its name and group.
enum said { NOTHING, WITHOUT_IPV6, JOINED };

// One request about the interface, or about the group without a name, and the kernel's acknowledgement.
static inline void link_request(unsigned short type, const char *name, enum said said, const char *alias) {
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
  if (name) put(&message.header, IFLA_IFNAME, name, strlen(name) + 1);
  if (!name || said != NOTHING) put(&message.header, IFLA_GROUP, &group, sizeof group);
  if (said == WITHOUT_IPV6) {
    struct {
      struct rtattr family, mode;
      unsigned char none, fill[3];
    } inside = {{sizeof inside, AF_INET6}, {RTA_LENGTH(1), IFLA_INET6_ADDR_GEN_MODE}, IN6_ADDR_GEN_MODE_NONE, {0}};
    put(&message.header, IFLA_AF_SPEC, &inside, sizeof inside);
  }
  if (said == JOINED) {
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

static inline int tap_open(const char *name) {
  int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) die("/dev/net/tun");
  struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)};
  memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
  if (ioctl(fd, TUNSETIFF, &request) < 0) die("TUNSETIFF");
  return fd;
}

static inline int tap_make(const char *name, const char *alias) {
  int fd = tap_open(name);
  if (ioctl(fd, TUNSETOWNER, 0ul) < 0) die("TUNSETOWNER");
  // Before it goes up: at that moment the kernel makes a link-local address.
  link_request(RTM_SETLINK, name, WITHOUT_IPV6, NULL);
  link_request(RTM_SETLINK, name, JOINED, alias);
  if (ioctl(fd, TUNSETPERSIST, 1ul) < 0) die("TUNSETPERSIST");
  return fd;
}

static inline void delete_group(void) { link_request(RTM_DELLINK, NULL, NOTHING, NULL); }

// Opens the socket and finds the bridge.
static inline void begin(const char *name, int number) {
  group = number;
  bridge = (int)if_nametoindex(name);
  if (bridge == 0) die(name);
  if (route > 0) return;
  route = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (route < 0) die("netlink");
}
