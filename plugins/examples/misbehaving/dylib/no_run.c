/* Has no `run`: 126. */
#include "leash_plugin.h"

static const leash_plugin_v1 plugin = {sizeof plugin, LEASH_PLUGIN_ABI, 0};

const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t host_abi) {
  (void)host_abi;
  return &plugin;
}
