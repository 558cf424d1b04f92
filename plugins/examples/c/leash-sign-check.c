/* leash sign-check METHOD PATH [QUERY]: has one request signed and names the headers that it would carry.
 * An example of a plugin that is a dynamic library.
 *
 * Build: cc -shared -fPIC -fvisibility=hidden -I ../../loader/include -o leash-sign-check leash-sign-check.c
 * Put leash-sign-check and leash-sign-check.toml into a directory of PATH, then:
 *
 *     leash plugin trust sign-check
 *     leash sign-check GET '/v1/agents/{mint}/api-keys' limit=5
 *
 * Exit status: 0 signed, 1 no answer, 2 usage, 4 no agent or a locked key, 125 not granted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leash_plugin.h"

#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static int fail(int status, const char *message, const char *hint) {
  fprintf(stderr, "error: %s\nhint: %s\n", message, hint);
  return status;
}

/* Adds an argument to a JSON string, with the agent's mint for {mint}. The signer takes no bytes that JSON would
 * write otherwise, so neither does this. */
static int add(char *json, size_t room, leash_bytes text, const char *mint) {
  size_t length = strlen(json);
  for (size_t i = 0; i < text.len; i++) {
    uint8_t byte = text.ptr[i];
    size_t width = 1;
    if (byte == '{') {
      if (text.len - i < 6 || memcmp(text.ptr + i, "{mint}", 6) != 0) return 0;
      width = strlen(mint);
      i += 5;
    } else if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == '\\') {
      return 0;
    }
    if (length + width + 1 > room) return 0;
    memcpy(json + length, byte == '{' ? mint : (const char *)&text.ptr[i], width);
    length += width;
    json[length] = 0;
  }
  return 1;
}

/* Prints the text that follows KEY in a JSON object, up to its closing quote. */
static void say(FILE *to, const char *label, const char *json, const char *key) {
  const char *text = strstr(json, key);
  if (text == NULL) return;
  text += strlen(key);
  fprintf(to, "%s: ", label);
  for (; *text != 0 && *text != '"'; text++) {
    if (*text == '\\' && text[1] != 0) text++;
    fputc(*text, to);
  }
  fputc('\n', to);
}

static int32_t run(const leash_host_v1 *host, leash_bytes context, size_t argc, const leash_bytes *argv) {
  static char request[16 * 1024], answer[LEASH_MAX_FRAME + 1];
  const char *mint = getenv("LEASH_AGENT_MINT"), *name;
  const leash_bytes none = {(const uint8_t *)"", 0};
  size_t length = 0;
  int32_t status;

  (void)context; /* the variable tells all that is needed here */
  if (argc == 2 && argv[1].len == 6 && memcmp(argv[1].ptr, "--help", 6) == 0) {
    puts("Usage: leash sign-check METHOD PATH [QUERY]");
    return fflush(stdout) == 0 ? 0 : fail(1, "cannot write to stdout", "check what it leads to");
  }
  if (argc < 3 || argc > 4) return fail(2, "a method and a path are missing", "leash sign-check GET '/v1/agents/{mint}/api-keys'");
  if (mint == NULL) return fail(4, "no agent is configured", "leash agent create");

  strcpy(request, "{\"id\":1,\"op\":\"sign_http\",\"method\":\"");
  status = add(request, 8192, argv[1], mint);
  strcat(request, "\",\"path\":\"");
  status = status && add(request, 12000, argv[2], mint);
  strcat(request, "\",\"query\":\"");
  status = status && add(request, 16000, argc > 3 ? argv[3] : none, mint);
  strcat(request, "\",\"body_sha256\":\"" EMPTY_SHA256 "\"}");
  if (!status) return fail(2, "an argument has bytes that can't be signed, or too many", "encode them as %HH");

  status = host->call(host->ctx, (leash_bytes){(const uint8_t *)request, strlen(request)}, (uint8_t *)answer,
                      LEASH_MAX_FRAME, &length);
  if (status == LEASH_CALL_NO_SIGNER) return fail(125, "nothing may be signed here", "leash plugin trust sign-check");
  if (status != LEASH_CALL_OK) return fail(1, "the signer gave no answer", "try again");
  answer[length] = 0;

  if (strstr(answer, "\"ok\":") == NULL) {
    say(stderr, "error", answer, "\"message\":\"");
    say(stderr, "hint", answer, "\"hint\":\"");
    if (strstr(answer, "\"code\":\"locked\"") != NULL) return 4;
    return strstr(answer, "\"code\":\"internal\"") != NULL || strstr(answer, "\"code\":\"unsupported\"") != NULL ? 1 : 125;
  }
  for (name = answer; (name = strstr(name, "\"x-leash-")) != NULL; name++)
    printf("%.*s\n", (int)strcspn(name + 1, "\""), name + 1);
  if (fflush(stdout) != 0) return fail(1, "can't write to stdout", "check what it leads to");
  return 0;
}

static const leash_plugin_v1 plugin = {sizeof plugin, LEASH_PLUGIN_ABI, run};

const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t host_abi) {
  return host_abi == LEASH_PLUGIN_ABI ? &plugin : NULL;
}
