// Included first: libnftables.h defines _GNU_SOURCE, which must not change what these declare.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <nftables/libnftables.h>
// malloc_trim, for the memory that the library leaves behind.
#include <malloc.h>
