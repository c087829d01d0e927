// TAPs that are in use, for the floors of a node with many ports: COUNT of them, 253 at each of the bridges BRIDGE-0,
// BRIDGE-1 and so on, which are there and up. Says `ready`, and takes them away when standard input ends.
//   crowd COUNT BRIDGE
#define _GNU_SOURCE 1
#include "taps.h"

enum { PER_BRIDGE = 253 };

int main(int count, char **words) {
  if (count != 3) return 64;
  int wanted = atoi(words[1]);
  for (int slot = 0; slot < wanted; slot++) {
    char name[IFNAMSIZ];
    if (slot % PER_BRIDGE == 0) {
      snprintf(name, sizeof name, "%s-%d", words[2], slot / PER_BRIDGE);
      begin(name, 2);
    }
    snprintf(name, sizeof name, "crd%d-%d", slot / PER_BRIDGE, slot % PER_BRIDGE);
    tap_make(name, "procurator:6f0c2b1e-8d3a-4f5e-9a7b-0123456789ab:0:4294967295:kept");
  }
  printf("ready\n");
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  if (wanted > 0) delete_group();
  return 0;
}
