/* A library that does what its first argument says, for the tests of the loader. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leash_plugin.h"

static const leash_host_v1 *host;

/* One signature of GET /v1/x, asked for with room for `cap` bytes; says how it went. */
static int32_t sign(int id, uint8_t *out, size_t cap, size_t *need) {
  char text[512];
  int length = snprintf(text, sizeof text,
                        "{\"id\":%d,\"op\":\"sign_http\",\"method\":\"GET\",\"path\":\"/v1/x\",\"query\":\"\","
                        "\"body_sha256\":\"%064d\"}",
                        id, 0);
  leash_bytes request = {(const uint8_t *)text, (size_t)length};
  return host->call(host->ctx, request, out, cap, need);
}

static void print(leash_bytes bytes) { fwrite(bytes.ptr, 1, bytes.len, stdout); }

static void sign_once(int id, size_t cap) {
  static uint8_t out[LEASH_MAX_FRAME];
  size_t need = 0;
  memset(out, '#', sizeof out);
  int32_t status = sign(id, out, cap, &need);
  printf("%d %zu %d ", status, need, out[cap] == '#');
  print((leash_bytes){out, status == LEASH_CALL_OK ? need : 0});
  printf("\n");
}

static void *many(void *first) {
  for (int i = 0; i < 25; i++) {
    uint8_t out[4096];
    char expected[32];
    size_t need;
    int id = *(int *)first + i;
    int length = snprintf(expected, sizeof expected, "{\"id\":%d,\"ok\"", id);
    if (sign(id, out, sizeof out, &need) != LEASH_CALL_OK || memcmp(out, expected, (size_t)length) != 0) return host->ctx;
  }
  return NULL;
}

static int32_t threads(void) {
  pthread_t thread[4];
  int first[4] = {100, 200, 300, 400}, failed = 0;
  for (int i = 0; i < 4; i++) pthread_create(&thread[i], NULL, many, &first[i]);
  for (int i = 0; i < 4; i++) {
    void *result;
    pthread_join(thread[i], &result);
    failed += result != NULL;
  }
  return failed;
}

static int32_t run(const leash_host_v1 *given, leash_bytes context, size_t argc, const leash_bytes *argv) {
  char word[32] = "";
  host = given;
  if (host->size < sizeof *host || host->abi != LEASH_PLUGIN_ABI) return 99;
  if (argc > 1) memcpy(word, argv[1].ptr, argv[1].len < 31 ? argv[1].len : 31);
  if (strcmp(word, "args") == 0)
    for (size_t i = 0; i < argc; i++, printf("\n"))
      for (size_t j = 0; j < argv[i].len; j++) printf("%02x", argv[i].ptr[j]);
  else if (strcmp(word, "context") == 0)
    print(context);
  else if (strcmp(word, "status") == 0)
    return atoi((const char *)argv[2].ptr);
  else if (strcmp(word, "open") == 0)
    return fcntl(atoi((const char *)argv[2].ptr), F_GETFD) != -1;
  else if (strcmp(word, "threads") == 0)
    return threads();
  else if (strcmp(word, "write") == 0)
    while (fputs("word\n", stdout) >= 0 && fflush(stdout) == 0) continue;
  else if (strcmp(word, "sign") == 0)
    for (size_t i = 2; i < argc; i++) { /* ID:CAP */
      int id = 0, cap = 0;
      sscanf((const char *)argv[i].ptr, "%d:%d", &id, &cap);
      sign_once(id, (size_t)cap);
    }
  return 0;
}

static const leash_plugin_v1 plugin = {sizeof plugin, LEASH_PLUGIN_ABI, run};

const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t host_abi) { return host_abi == LEASH_PLUGIN_ABI ? &plugin : NULL; }
