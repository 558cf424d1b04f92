// Sellers of x402 version 2: @x402/express, @x402/hono and x402-solana, with the official facilitator in this process.

import express from "express";
import { serve } from "@hono/node-server";
import { createKeyPairSignerFromBytes } from "@solana/kit";
import { x402Facilitator } from "@x402/core/facilitator";
import { paymentMiddleware, x402ResourceServer } from "@x402/express";
import { paymentMiddleware as honoMiddleware } from "@x402/hono";
import { toFacilitatorSvmSigner } from "@x402/svm";
import { registerExactSvmScheme } from "@x402/svm/exact/facilitator";
import { ExactSvmScheme } from "@x402/svm/exact/server";
import { Hono } from "hono";
import { X402PaymentHandler } from "x402-solana/server";

import { goods, key, listening, setup, told } from "./common.mjs";

const { amount, mint, network, recipient, rpc } = setup;

const signer = toFacilitatorSvmSigner(await createKeyPairSignerFromBytes(key), { defaultRpcUrl: rpc });
const facilitator = told(registerExactSvmScheme(new x402Facilitator(), { signer, networks: network }));

const offer = {
  accepts: { scheme: "exact", network, payTo: recipient, price: { asset: mint, amount } },
  description: "What the seller sells",
  mimeType: "application/json",
};
const routes = { "GET /goods": offer, "POST /goods": offer };
const server = () => new x402ResourceServer(facilitator).register(network, new ExactSvmScheme());

function sellWithExpress() {
  const app = express();
  app.use(express.text());
  app.use(paymentMiddleware(routes, server()));
  app.all("/goods", (request, response) => response.json(goods(request.method, request.body)));
  return app;
}

function sellWithHono() {
  const app = new Hono();
  app.use(honoMiddleware(routes, server()));
  app.all("/goods", async context => context.json(goods(context.req.method, await context.req.text())));
  return app;
}

/** x402-solana asks a facilitator by HTTP; it gets this process's. */
function sellWithX402Solana() {
  const app = express();
  app.use("/facilitator", express.json());
  app.get("/facilitator/supported", async (_, response) => response.json(await facilitator.getSupported()));
  for (const step of ["verify", "settle"]) {
    app.post(`/facilitator/${step}`, async (request, response) => {
      const { paymentPayload, paymentRequirements } = request.body;
      response.json(await facilitator[step](paymentPayload, paymentRequirements));
    });
  }
  app.all("/goods", express.text(), async (request, response) => {
    const origin = `http://${request.headers.host}`;
    const handler = new X402PaymentHandler({
      network: "solana-devnet",
      treasuryAddress: recipient,
      facilitatorUrl: `${origin}/facilitator`,
    });
    const resource = `${origin}/goods`;
    const price = { amount, asset: { address: mint, decimals: 6 }, description: "What the seller sells" };
    const requirements = await handler.createPaymentRequirements(price, resource);
    const refuse = () => {
      // The package makes the body and leaves the header to the program around it; its buyers look there.
      const refusal = handler.create402Response(requirements, resource);
      const header = Buffer.from(JSON.stringify(refusal.body)).toString("base64");
      response.status(refusal.status).set("PAYMENT-REQUIRED", header).json(refusal.body);
    };
    const payment = handler.extractPayment(request.headers);
    if (!payment || !(await handler.verifyPayment(payment, requirements)).isValid) return refuse();
    const settled = await handler.settlePayment(payment, requirements);
    if (!settled.success) return refuse();
    response.json(goods(request.method, request.body));
  });
  return app;
}

const sellers = {
  "x402-express": () => sellWithExpress().listen(0, "127.0.0.1", whenListening),
  "x402-hono": () => serve({ fetch: sellWithHono().fetch, port: 0, hostname: "127.0.0.1" }, whenListening),
  "x402-solana": () => sellWithX402Solana().listen(0, "127.0.0.1", whenListening),
};
const started = sellers[setup.seller]();
function whenListening() {
  listening(started);
}
