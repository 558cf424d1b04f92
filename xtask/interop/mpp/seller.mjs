// Sellers of MPP by @solana/mpp: the buyer pays the network's fee, the seller pays it, or the price is split.

import { createServer } from "node:http";
import { createKeyPairSignerFromBytes } from "@solana/kit";
import { Mppx, solana } from "@solana/mpp/server";

import { goods, key, listening, setup, tell } from "./common.mjs";

const { amount, mint, recipient, rpc, other } = setup;
const signer = await createKeyPairSignerFromBytes(key);
const variants = {
  mpp: {},
  "mpp-sponsored": { signer },
  "mpp-splits": { splits: [{ recipient: other, amount: "2500", memo: "platform" }] },
};
const method = solana.charge({
  recipient,
  currency: mint,
  decimals: 6,
  network: "devnet",
  rpcUrl: rpc,
  ...variants[setup.seller],
});
const mppx = Mppx.create({ methods: [method], realm: "127.0.0.1", secretKey: "x".repeat(32) });
const price = { amount, currency: mint };
if (setup.seller === "mpp-splits") price.externalId = "order 4711";

async function answer(request) {
  const body = await request.clone().text();
  const result = await mppx.charge(price)(request);
  if (result.status !== 402) return result.withReceipt(Response.json(goods(request.method, body)));
  if (request.headers.has("authorization")) {
    tell({ facilitator: "charge", refusal: await result.challenge.clone().text() });
  }
  return result.challenge;
}

const server = createServer(async (incoming, outgoing) => {
  const parts = [];
  for await (const part of incoming) parts.push(part);
  const { method, headers } = incoming;
  const body = parts.length > 0 ? Buffer.concat(parts) : undefined;
  const response = await answer(new Request(`http://${headers.host}${incoming.url}`, { method, headers, body }));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(await response.text());
});
server.listen(0, "127.0.0.1", () => listening(server));
