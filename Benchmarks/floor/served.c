// The floor of `scrape_1000`: the same bytes from memory, over a socket of the same kind.
//   served COUNT SOCKET FILE
#define _GNU_SOURCE 1
#include "floor.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static const char question[] = "GET /metrics HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";

static void serve(int listener, const char *bytes, size_t length) {
  char request[4096];
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) die("accept");
    if (recv(fd, request, sizeof request, 0) > 0)
      for (size_t sent = 0; sent < length;) {
        ssize_t taken = send(fd, bytes + sent, length - sent, MSG_NOSIGNAL);
        if (taken < 0) break;
        sent += (size_t)taken;
      }
    close(fd);
  }
}

int main(int words, char **word) {
  if (words != 4) return 64;
  struct stat status;
  int file = open(word[3], O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &status) < 0) die(word[3]);
  size_t length = (size_t)status.st_size;
  char *bytes = malloc(length + 1), *answer = malloc(65536);
  if (!bytes || !answer || read(file, bytes, length) != (ssize_t)length) die("read");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, word[2], sizeof address.sun_path - 1);
  unlink(word[2]);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 16) < 0)
    die(word[2]);
  pid_t server = fork();
  if (server < 0) die("fork");
  if (server == 0) serve(listener, bytes, length);
  for (int turn = 0; turn < atoi(word[1]); turn++) {
    uint64_t begun = now();
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
    if (send(fd, question, sizeof question - 1, MSG_NOSIGNAL) < 0) die("send");
    while (recv(fd, answer, 65536, 0) > 0) {}
    close(fd);
    sample(begun, now());
  }
  kill(server, SIGKILL);
  waitpid(server, NULL, 0);
  unlink(word[2]);
}
