#include <errno.h>
#include <fcntl.h>

/*
 * Before main of every program: a closed descriptor 0, 1 or 2 is occupied, or the next file, socket or event queue that the
 * program opens would be its output. Opened the wrong way round, so that reading and writing fail as with a closed one,
 * instead of going nowhere without a word.
 */
__attribute__((constructor)) static void occupy_standard_descriptors(void)
{
  for (int number = 0; number <= 2; number++) {
    /* The lowest free number is this one: those before it are taken. */
    if (fcntl(number, F_GETFD) < 0 && errno == EBADF) open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY);
  }
}
