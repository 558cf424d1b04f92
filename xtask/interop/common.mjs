// What every seller and buyer here needs: what it was started with, and how it speaks to `cargo xtask interop`.

/** What `cargo xtask interop` passed: see `Seller::setup` and `Buyer::setup` in xtask/src/interop. */
export const setup = JSON.parse(process.env.INTEROP);

/** A secret key's 64 bytes. */
export const key = Uint8Array.from(setup.key);

/** Writes one event as a line of JSON. */
export function tell(event) {
  const text = JSON.stringify(event, (_, value) => (typeof value === "bigint" ? value.toString() : value));
  process.stdout.write(`${text}\n`);
}

/** Tells where the seller listens, and ends the process when its stdin ends: when whoever started it has ended. */
export function listening(server) {
  process.stdin.on("end", () => process.exit()).resume();
  tell({ listening: server.address().port });
}

/** A facilitator whose answers are told. */
export function told(facilitator) {
  const tells = name => async (...args) => {
    try {
      const answer = await facilitator[name](...args);
      tell({ facilitator: name, answer });
      return answer;
    } catch (error) {
      tell({ facilitator: name, error: String(error) });
      throw error;
    }
  };
  return { verify: tells("verify"), settle: tells("settle"), getSupported: async () => facilitator.getSupported() };
}

/** What is sold: it proves which method and body arrived. */
export function goods(method, received) {
  return { goods: setup.seller, method, received: received || null };
}

/** Headers that carry a payment. */
const PAYMENTS = ["payment-signature", "x-payment", "authorization"];

/** From here on, what is sent as a payment is told. */
const send = globalThis.fetch;
globalThis.fetch = (resource, options) => {
  const headers = new Headers(options?.headers ?? resource.headers);
  const name = PAYMENTS.find(name => headers.has(name));
  if (name) tell({ payment: [name, headers.get(name)] });
  return send(resource, options);
};

/** Buys once with a fetch that pays, and tells what came. */
export async function buy(fetch) {
  const { url, method, body } = setup;
  const options = body === null ? { method } : { method, body, headers: { "content-type": "text/plain" } };
  const response = await fetch(url, options);
  tell({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  });
}
