"""A buyer of x402: Python's x402 with httpx."""

import asyncio

from common import SETUP, tell
from solders.keypair import Keypair
from x402 import x402Client
from x402.http.clients.httpx import x402HttpxClient
from x402.mechanisms.svm.exact.register import register_exact_svm_client
from x402.mechanisms.svm.signers import KeypairSigner


async def buy():
    """Buys once, and tells what came."""
    signer = KeypairSigner(Keypair.from_bytes(bytes(SETUP["key"])))
    client = register_exact_svm_client(x402Client(), signer, rpc_url=SETUP["rpc"])
    async with x402HttpxClient(client, timeout=60) as http:
        headers = {"content-type": "text/plain"} if SETUP["body"] is not None else {}
        response = await http.request(SETUP["method"], SETUP["url"], content=SETUP["body"], headers=headers)
        await response.aread()
        tell({"status": response.status_code, "headers": dict(response.headers), "body": response.text})


asyncio.run(buy())
