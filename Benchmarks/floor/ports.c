// The floors of the attaches: a client and a server over SOCK_SEQPACKET, and in the server just the system calls that the
// kernel needs for the work. Runs in a network namespace of its own, where BRIDGE is up.
//   ports pooled|cold COUNT BRIDGE
#define _GNU_SOURCE 1
#include "taps.h"

// BATCH: what is made cold before all of it is deleted together, as netd does. PAUSE and REST are microseconds.
enum { POOL = 16, BATCH = 48, MESSAGE = 64, WARM_UP = 16, PAUSE = 1000, REST = 400000 };

static void serve(int socket, int is_pooled) {
  static const char spare[] = "procurator:spare";
  static const char lease[] = "procurator:6f0c2b1e-8d3a-4f5e-9a7b-0123456789ab:0:4294967295:kept";
  char bytes[16384], name[IFNAMSIZ];
  for (int slot = 0; is_pooled && slot < POOL; slot++) {
    snprintf(name, sizeof name, "flr0-%d", slot);
    close(tap_make(name, spare));
  }
  int turn = 0;
  for (; recv(socket, bytes, sizeof bytes, 0) > 0; turn++) {
    snprintf(name, sizeof name, "flr0-%d", turn % (is_pooled ? POOL : BATCH));
    int fd;
    if (is_pooled) {
      fd = tap_open(name);
      link_request(RTM_SETLINK, name, JOINED, lease);
    } else {
      fd = tap_make(name, lease);
    }
    send_descriptor(socket, bytes, MESSAGE, fd);
    close(fd);
    // The client says when it has let go; what follows is not measured.
    if (recv(socket, bytes, sizeof bytes, 0) <= 0) break;
    if (!is_pooled && turn % BATCH == BATCH - 1) delete_group();
  }
  if (is_pooled || turn % BATCH != 0) delete_group();
  _exit(0);
}

int main(int count, char **words) {
  if (count != 4) {
    fprintf(stderr, "usage: ports pooled|cold COUNT BRIDGE\n");
    return 64;
  }
  int is_pooled = strcmp(words[1], "pooled") == 0;
  int rounds = atoi(words[2]);
  begin(words[3], 1);
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
