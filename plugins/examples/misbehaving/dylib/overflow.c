/* Uses up its stack: dies of SIGSEGV. */
#include "leash_plugin.h"

static int deeper(int depth) {
  if (depth == 0) return 0;
  volatile char room[4096] = {(char)depth};
  return deeper(depth + 1) + room[0];
}

static int32_t run(const leash_host_v1 *host, leash_bytes context, size_t argc, const leash_bytes *argv) {
  (void)host, (void)context, (void)argc, (void)argv;
  return deeper(1);
}

static const leash_plugin_v1 plugin = {sizeof plugin, LEASH_PLUGIN_ABI, run};

const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t host_abi) {
  (void)host_abi;
  return &plugin;
}
