/* Returns what is no exit status: counts as 1. */
#include "leash_plugin.h"

static int32_t run(const leash_host_v1 *host, leash_bytes context, size_t argc, const leash_bytes *argv) {
  (void)host, (void)context, (void)argc, (void)argv;
  return 300;
}

static const leash_plugin_v1 plugin = {sizeof plugin, LEASH_PLUGIN_ABI, run};

const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t host_abi) {
  (void)host_abi;
  return &plugin;
}
