// A buyer by x402-solana.

import { Keypair } from "@solana/web3.js";
import { createX402Client } from "x402-solana/client";

import { buy, key, setup } from "./common.mjs";

const keypair = Keypair.fromSecretKey(key);
const wallet = {
  address: keypair.publicKey.toBase58(),
  publicKey: keypair.publicKey,
  async signTransaction(transaction) {
    transaction.sign([keypair]);
    return transaction;
  },
};
const client = createX402Client({ wallet, network: "solana-devnet", rpcUrl: setup.rpc });
await buy((url, options) => client.fetch(url, options));
