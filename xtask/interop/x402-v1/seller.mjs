// A seller of x402 version 1: x402-express, with x402 1.2's facilitator in this process.

import express from "express";
import { settle, verify } from "x402/facilitator";
import { createSigner } from "x402/types";
import { paymentMiddleware } from "x402-express";

import { goods, listening, setup, told } from "./common.mjs";

const network = "solana-devnet";
const signer = await createSigner(network, setup.key58);
const config = { svmConfig: { rpcUrl: setup.rpc } };
const facilitator = told({
  verify: (payload, requirements) => verify(signer, payload, requirements, config),
  settle: (payload, requirements) => settle(signer, payload, requirements, config),
});
const kinds = [{ x402Version: 1, scheme: "exact", network, extra: { feePayer: signer.address } }];

const app = express();
// The middleware asks a facilitator by HTTP, in the process that it runs in.
app.get("/facilitator/supported", (_, response) => response.json({ kinds }));
for (const step of ["verify", "settle"]) {
  app.post(`/facilitator/${step}`, express.json(), async (request, response) => {
    const { paymentPayload, paymentRequirements } = request.body;
    response.json(await facilitator[step](paymentPayload, paymentRequirements));
  });
}
const started = app.listen(0, "127.0.0.1", () => {
  const price = { amount: setup.amount, asset: { address: setup.mint, decimals: 6 } };
  const offer = { price, network, config: { description: "What the seller sells", mimeType: "application/json" } };
  const url = `http://127.0.0.1:${started.address().port}/facilitator`;
  app.use(express.text());
  app.use(paymentMiddleware(setup.recipient, { "GET /goods": offer, "POST /goods": offer }, { url }));
  app.all("/goods", (request, response) => response.json(goods(request.method, request.body)));
  listening(started);
});
