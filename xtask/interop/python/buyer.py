"""A buyer of x402: Python's x402 with httpx."""

import asyncio

import httpx
from common import SETUP, tell
from solders.keypair import Keypair
from x402 import x402Client
from x402.http.clients.httpx import x402_httpx_transport
from x402.mechanisms.svm.exact.register import register_exact_svm_client
from x402.mechanisms.svm.signers import KeypairSigner


class Told(httpx.AsyncHTTPTransport):
    """Sends requests, and tells what is sent as a payment."""

    async def handle_async_request(self, request):
        name = "payment-signature"
        if name in request.headers:
            tell({"payment": [name, request.headers[name]]})
        return await super().handle_async_request(request)


async def buy():
    """Buys once, and tells what came."""
    signer = KeypairSigner(Keypair.from_bytes(bytes(SETUP["key"])))
    client = register_exact_svm_client(x402Client(), signer, rpc_url=SETUP["rpc"])
    async with httpx.AsyncClient(transport=x402_httpx_transport(client, Told()), timeout=60) as http:
        headers = {"content-type": "text/plain"} if SETUP["body"] is not None else {}
        response = await http.request(SETUP["method"], SETUP["url"], content=SETUP["body"], headers=headers)
        await response.aread()
        tell({"status": response.status_code, "headers": dict(response.headers), "body": response.text})


asyncio.run(buy())
