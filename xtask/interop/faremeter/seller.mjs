// Sellers by faremeter: x402 of either version or both, and MPP, each with its own facilitator in this process.

import express from "express";
import { createMiddleware } from "@faremeter/middleware/express";
import { charge, exact } from "@faremeter/payment-solana";
import { createKeyPairSignerFromBytes } from "@solana/kit";

import { goods, key, listening, setup, tell } from "./common.mjs";

const { amount, mint, network, recipient, rpc } = setup;
const signer = await createKeyPairSignerFromBytes(key);
const pricing = [{ amount, asset: mint, recipient, network, description: "What the seller sells" }];

/** The same handler, whose answers to payments are told. */
function told(handler) {
  const tells = name => async (...args) => {
    try {
      const answer = await handler[name](...args);
      tell({ facilitator: name, answer });
      return answer;
    } catch (error) {
      tell({ facilitator: name, error: String(error), cause: String(error.cause ?? "") });
      throw error;
    }
  };
  const names = ["handleSettle", "handleVerify"].filter(name => handler[name]);
  return { ...handler, ...Object.fromEntries(names.map(name => [name, tells(name)])) };
}

async function x402(versions) {
  const handler = told(await exact.createFacilitatorHandler(network, rpc, signer, mint));
  // The middleware asks only handlers that say what they handle, and this one leaves it to the program around it.
  const capabilities = { networks: [network], assets: [mint] };
  return { x402Handlers: [{ ...handler, capabilities, schemes: ["exact"] }], pricing, supportedVersions: versions };
}

async function mpp() {
  const handler = await charge.createMPPSolanaChargeHandler({
    network,
    rpc,
    feePayerSigner: signer,
    mint,
    replayStore: charge.createInMemoryReplayStore(),
    realm: "127.0.0.1",
    secretKey: new Uint8Array(32).fill(7),
  });
  return { mppMethodHandlers: [told(handler)], pricing };
}

const sellers = {
  "faremeter-v1": () => x402({ x402v1: true, x402v2: false }),
  "faremeter-v2": () => x402({ x402v1: false, x402v2: true }),
  "faremeter-both": () => x402({ x402v1: true, x402v2: true }),
  "faremeter-mpp": mpp,
};
const middleware = await createMiddleware(await sellers[setup.seller]());
const app = express();
// The challenge of MPP is bound to the body's bytes.
app.all("/goods", express.raw({ type: () => true }), middleware, (request, response) => {
  const body = Buffer.isBuffer(request.body) ? request.body.toString() : null;
  response.json(goods(request.method, body));
});
const started = app.listen(0, "127.0.0.1", () => listening(started));
