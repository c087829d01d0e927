// The floor of `fd_roundtrip`: two processes over SOCK_SEQPACKET, each answer carries a descriptor.
//   descriptors COUNT
#define _GNU_SOURCE 1
#include "floor.h"
#include <fcntl.h>

// Sizes of netd's `device` request and of its answer.
enum { REQUEST = 9, ANSWER = 8, WARM_UP = 500 };

static void answer(int socket) {
  char bytes[16384] = {0};
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) die("/dev/null");
  while (recv(socket, bytes, sizeof bytes, 0) > 0) send_descriptor(socket, bytes, ANSWER, null);
  _exit(0);
}

int main(int count, char **words) {
  int rounds = count > 1 ? atoi(words[1]) : 1000;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) die("socketpair");
  pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) {
    close(ends[0]);
    answer(ends[1]);
  }
  close(ends[1]);
  char bytes[16384] = {0};
  for (int round = -WARM_UP; round < rounds; round++) {
    uint64_t begun = now();
    if (send(ends[0], bytes, REQUEST, MSG_NOSIGNAL) < 0) die("send");
    int fd = receive_descriptor(ends[0], bytes, sizeof bytes);
    uint64_t ended = now();
    close(fd);
    if (round >= 0) sample(begun, ended);
  }
  return 0;
}
