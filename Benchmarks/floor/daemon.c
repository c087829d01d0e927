// The floor of `pss_netd`: a daemon in C that waits on one socket and answers nothing.
//   daemon SOCKET
#define _GNU_SOURCE 1
#include "floor.h"
#include <poll.h>
#include <sys/un.h>

int main(int count, char **words) {
  if (count != 2) return 64;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
  int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 16) < 0)
    die(words[1]);
  for (;;) {
    struct pollfd event = {.fd = listener, .events = POLLIN};
    if (poll(&event, 1, -1) < 0) die("poll");
    close(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
  }
}
