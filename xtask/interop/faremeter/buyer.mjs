// A buyer by faremeter, of x402 and MPP.

import { wrap } from "@faremeter/fetch";
import { charge, exact } from "@faremeter/payment-solana";
import { createLocalWallet } from "@faremeter/wallet-solana";

import { buy, key, setup } from "./common.mjs";

const wallet = await createLocalWallet("devnet", key);
const handlers = [exact.createPaymentHandler(wallet, setup.mint, setup.rpc)];
const mppHandlers = [charge.createMPPSolanaChargeClient({ wallet, mint: setup.mint, rpc: setup.rpc })];
await buy(wrap(fetch, { handlers, mppHandlers, retryCount: 0 }));
