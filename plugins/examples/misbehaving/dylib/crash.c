/* Writes through a null pointer: dies of SIGSEGV. */
#include "leash_plugin.h"

static int32_t run(const leash_host_v1 *host, leash_bytes context, size_t argc, const leash_bytes *argv) {
  (void)host, (void)context, (void)argc, (void)argv;
  volatile int *nowhere = 0;
  *nowhere = 1;
  return 0;
}

static const leash_plugin_v1 plugin = {sizeof plugin, LEASH_PLUGIN_ABI, run};

const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t host_abi) {
  (void)host_abi;
  return &plugin;
}
