/* leash_plugin.h: plugins of leash that are dynamic libraries. Version 1.
 *
 * `leash NAME` starts a process of its own for the library, loads it there, calls leash_plugin_entry_v1, and
 * then `run` of the table that it returns. What `run` returns is what the user's shell sees. The process holds
 * the context and a socket to the signer; the agent's key is in another one and never comes here.
 *
 * Rules
 *   - C types only. Nothing may unwind out of the library: no C++ exception, no panic. Whatever does ends the
 *     process by abort.
 *   - What the loader lends (host, context, argv) is good until `run` is back. No thread may use it later.
 *   - leash_bytes are not ended by a NUL, and arguments need not be UTF-8.
 *   - Both tables begin with their size and the version of the interface. Look at `size` before you use a field
 *     that a later version may have added; ignore what you don't know.
 *   - The environment is that of any plugin: LEASH_PLUGIN, LEASH_AGENT_MINT, LEASH_API_URL, and so on.
 *   - stdin, stdout, stderr and the terminal are the user's.
 *
 * Build: cc -shared -fPIC -fvisibility=hidden -o libleash-NAME.so NAME.c
 */
#ifndef LEASH_PLUGIN_H
#define LEASH_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LEASH_PLUGIN_ABI 1u

/* The most bytes of a request, and of an answer: with a buffer of this size `call` never returns 1. */
#define LEASH_MAX_FRAME 65536u

/* What `call` returns. Any negative value, also one that isn't here, means that there is no answer. */
#define LEASH_CALL_OK 0         /* `out` holds the answer; a refusal is an answer, too */
#define LEASH_CALL_TOO_SMALL 1  /* `cap` is too small; *need tells how much there must be */
#define LEASH_CALL_NO_SIGNER -1 /* the user granted nothing, so there is no signer */
#define LEASH_CALL_LOST -2      /* the signer went away, took too long, or made no sense */
#define LEASH_CALL_INVALID -3   /* the arguments make no sense, or the request is too large */

/* Bytes that somebody else owns. */
typedef struct {
  const uint8_t *ptr;
  size_t len;
} leash_bytes;

/* What the loader offers. */
typedef struct {
  uint32_t size; /* of this table, in bytes */
  uint32_t abi;  /* 1 */
  void *ctx;     /* the first argument of every function here */

  /* Sends one request to the signer and waits for its answer: the JSON of a frame in, the JSON of a frame out,
   * without their lengths. The loader has said hello already; saying it again is allowed.
   *
   *   {"id":1,"op":"sign_http","method":"GET","path":"/v1/...","query":"","body_sha256":"<64 hex digits>"}
   *   {"id":1,"ok":{"headers":{"x-leash-agent":"...",...},"expires_at":"..."}}
   *   {"id":1,"err":{"code":"denied_scope","message":"...","hint":"..."}}
   *
   * `path` is relative to the API's base URL; send the very bytes that were signed. Up to `cap` bytes of the
   * answer are written to `out`, without a NUL; *need (may be NULL) is set to the answer's length, and to 0
   * where there is none. After LEASH_CALL_TOO_SMALL the answer is kept: the same request, byte for byte, gets
   * it without being asked or counted again; any other request throws it away. Once an answer has been given,
   * the same request is a new one.
   *
   * May be called from any thread; calls wait for each other. A signature may take minutes, where the signer
   * asks a person. */
  int32_t (*call)(void *ctx, leash_bytes request, uint8_t *out, size_t cap, size_t *need);
} leash_host_v1;

/* What a library offers. */
typedef struct {
  uint32_t size; /* sizeof (leash_plugin_v1) */
  uint32_t abi;  /* LEASH_PLUGIN_ABI */

  /* The plugin. `context` is the JSON that tells who the agent is; argv[0] is the plugin's path, the rest are
   * the user's arguments. Returns an exit status, 0 to 255; anything else counts as 1. */
  int32_t (*run)(const leash_host_v1 *host, leash_bytes context, size_t argc, const leash_bytes *argv);
} leash_plugin_v1;

#if defined(__GNUC__) || defined(__clang__)
#define LEASH_EXPORT __attribute__((visibility("default")))
#else
#define LEASH_EXPORT
#endif

/* The one symbol that a library exports. `host_abi` is the version that the loader speaks. Returns a table that
 * lives as long as the process, or NULL where the library can't work with that version. */
LEASH_EXPORT const leash_plugin_v1 *leash_plugin_entry_v1(uint32_t host_abi);

#ifdef __cplusplus
}
#endif

#endif /* LEASH_PLUGIN_H */
