// The floors of `adopt_1000`, `status_1000`, `pss_supervisor_1000` and `metrics_cpu_1000`: hypervisors asked by a loop.
//   fleet adopt COUNT FOLDER     FOLDER: one folder for each VM, with the socket of its spare monitor
//   fleet stat COUNT FOLDER
//   fleet hold FOLDER            holds a connection to each until standard input ends
//   fleet rounds COUNT FOLDER    processor time of one round of metrics
#define _GNU_SOURCE 1
#include "floor.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/un.h>

enum { MOST = 4096 };

static char paths[MOST][108];
static int sockets[MOST];
static pid_t processes[MOST];
static int count;

static void find(const char *folder) {
  DIR *list = opendir(folder);
  if (!list) die(folder);
  for (struct dirent *entry; count < MOST && (entry = readdir(list));) {
    if (entry->d_name[0] == '.') continue;
    if (snprintf(paths[count], sizeof paths[0], "%s/%s/qmp2", folder, entry->d_name) < (int)sizeof paths[0]) count++;
  }
  closedir(list);
  if (count == 0) die("no VM");
}

// Both ends write whole lines at once, so what comes in one piece ends with a line.
static void hear(int socket) {
  char answer[65536];
  ssize_t got;
  do {
    got = recv(socket, answer, sizeof answer, 0);
    if (got <= 0) die("a monitor closed");
  } while (answer[got - 1] != '\n');
}

static void ask(int socket, const char *command) {
  if (send(socket, command, strlen(command), MSG_NOSIGNAL) < 0) die("send");
  hear(socket);
}

static void meet(int index) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path, paths[index], sizeof address.sun_path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die(paths[index]);
  hear(fd);
  ask(fd, "{\"execute\":\"qmp_capabilities\"}\n");
  ask(fd, "{\"execute\":\"query-status\"}\n");
  sockets[index] = fd;
}

static void meet_all(void) {
  for (int index = 0; index < count; index++) meet(index);
}

static void part_all(void) {
  for (int index = 0; index < count; index++) close(sockets[index]);
}

static void look(pid_t process, const char *name) {
  char path[64], text[8192];
  snprintf(path, sizeof path, "/proc/%d/%s", process, name);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || read(file, text, sizeof text) <= 0) die(path);
  close(file);
}

// The sockets do not tell: they were bound by the supervisor, which wrote down whom it gave them to.
static void find_processes(void) {
  for (int index = 0; index < count; index++) {
    char path[256], text[4096];
    int length = (int)(strrchr(paths[index], '/') - paths[index]);
    snprintf(path, sizeof path, "%.*s/incarnation.json", length, paths[index]);
    FILE *file = fopen(path, "r");
    if (!file) die(path);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    const char *key = strstr(text, "\"pid\"");
    if (!key || sscanf(key, "\"pid\" : %d", &processes[index]) != 1) die("no pid in incarnation.json");
  }
}

static uint64_t processor_time(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000u +
         (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000u;
}

int main(int words, char **word) {
  const char *what = words > 2 ? word[1] : "";
  int turns = words == 4 ? atoi(word[2]) : 0;
  struct rlimit most;
  getrlimit(RLIMIT_NOFILE, &most);
  most.rlim_cur = most.rlim_max;
  setrlimit(RLIMIT_NOFILE, &most);
  find(word[words - 1]);
  if (!strcmp(what, "adopt")) {
    for (int turn = 0; turn < turns; turn++) {
      uint64_t begun = now();
      meet_all();
      sample(begun, now());
      part_all();
    }
    return 0;
  }
  find_processes();
  if (!strcmp(what, "stat")) {
    for (int turn = 0; turn < turns; turn++) {
      uint64_t begun = now();
      for (int index = 0; index < count; index++) look(processes[index], "stat");
      sample(begun, now());
    }
    return 0;
  }
  meet_all();
  if (!strcmp(what, "hold")) {
    char byte;
    printf("ready\n");
    fflush(stdout);
    while (read(0, &byte, 1) > 0) {}
    return 0;
  }
  if (strcmp(what, "rounds")) return 64;
  for (int turn = 0; turn < turns; turn++) {
    uint64_t begun = processor_time();
    for (int index = 0; index < count; index++) {
      ask(sockets[index], "{\"execute\":\"query-blockstats\",\"arguments\":{\"query-nodes\":false}}\n");
      look(processes[index], "stat");
    }
    sample(begun, processor_time());
  }
}
