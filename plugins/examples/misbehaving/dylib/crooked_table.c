/* Returns an address that no table can have: 126. */
#include "leash_plugin.h"

static char room[64];

const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t host_abi) {
  (void)host_abi;
  return (const leash_plugin_v1 *)(uintptr_t)((((uintptr_t)room + 7) & ~(uintptr_t)7) + 1);
}
