// A buyer of MPP: @solana/mpp.

import { createKeyPairSignerFromBytes } from "@solana/kit";
import { Mppx, solana } from "@solana/mpp/client";

import { buy, key, setup } from "./common.mjs";

const signer = await createKeyPairSignerFromBytes(key);
const mppx = Mppx.create({ methods: [solana.charge({ signer, rpcUrl: setup.rpc })], polyfill: false });
await buy(mppx.fetch);
