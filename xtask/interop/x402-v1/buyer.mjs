// A buyer of x402 version 1: x402-fetch.

import { createSigner, wrapFetchWithPayment } from "x402-fetch";

import { buy, setup } from "./common.mjs";

const signer = await createSigner("solana-devnet", setup.key58);
const config = { svmConfig: { rpcUrl: setup.rpc } };
await buy(wrapFetchWithPayment(fetch, signer, undefined, undefined, config));
