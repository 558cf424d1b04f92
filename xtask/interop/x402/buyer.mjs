// A buyer of x402: @x402/fetch.

import { createKeyPairSignerFromBytes } from "@solana/kit";
import { wrapFetchWithPayment, x402Client } from "@x402/fetch";
import { ExactSvmScheme } from "@x402/svm/exact/client";

import { buy, key, setup } from "./common.mjs";

const signer = await createKeyPairSignerFromBytes(key);
const client = new x402Client().register("solana:*", new ExactSvmScheme(signer, { rpcUrl: setup.rpc }));
await buy(wrapFetchWithPayment(fetch, client));
