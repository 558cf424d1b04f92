/* Claims sizes and pointers that can't be, and looks what `call` makes of it: -3 each time, then 0. */
#include <stdio.h>

#include "leash_plugin.h"

static int32_t run(const leash_host_v1 *host, leash_bytes context, size_t argc, const leash_bytes *argv) {
  (void)context, (void)argc, (void)argv;
  static uint8_t answer[LEASH_MAX_FRAME];
  const leash_bytes fine = {(const uint8_t *)"{}", 2}, none = {NULL, 2}, huge = {fine.ptr, (size_t)-1},
                    long_one = {answer, LEASH_MAX_FRAME + 1};
  size_t need = 99;
  printf("%d ", host->call(NULL, fine, answer, sizeof answer, &need));
  printf("%d ", host->call(host->ctx, none, answer, sizeof answer, &need));
  printf("%d ", host->call(host->ctx, huge, answer, sizeof answer, &need));
  printf("%d ", host->call(host->ctx, long_one, answer, sizeof answer, &need));
  printf("%d ", host->call(host->ctx, fine, NULL, sizeof answer, &need));
  /* Not JSON that makes sense, but a frame: the signer answers, and `need` may be left out. */
  printf("%d\n", host->call(host->ctx, fine, answer, sizeof answer, NULL));
  return 0;
}

static const leash_plugin_v1 plugin = {sizeof plugin, LEASH_PLUGIN_ABI, run};

const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t host_abi) {
  (void)host_abi;
  return &plugin;
}
