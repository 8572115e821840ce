/* A disk that fails: loaded before the C library (LD_PRELOAD), it has every fsync and fdatasync fail as long as the file exists
 * that DOCSLOT_FAULT_DISK names. As with Linux after a real failure, what was written stays readable in memory.
 *
 *   cc -shared -fPIC -o disk.so disk.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int failing(void) {
  const char *file = getenv("DOCSLOT_FAULT_DISK");
  return file != NULL && access(file, F_OK) == 0;
}

static int sync_or_fail(const char *name, int descriptor) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (real == NULL || failing()) {
    errno = EIO;
    return -1;
  }
  return real(descriptor);
}

int fsync(int descriptor) { return sync_or_fail("fsync", descriptor); }

int fdatasync(int descriptor) { return sync_or_fail("fdatasync", descriptor); }
