"""A seller of x402 version 2: Python's x402 with FastAPI, with its own facilitator in this process."""

import os
import socket
import sys
import threading

import uvicorn
from common import SETUP, tell
from fastapi import FastAPI, Request
from solders.keypair import Keypair
from x402 import x402Facilitator, x402ResourceServer
from x402.http.middleware.fastapi import PaymentMiddlewareASGI
from x402.http.types import PaymentOption, RouteConfig
from x402.mechanisms.svm.exact.register import register_exact_svm_facilitator
from x402.mechanisms.svm.exact.server import ExactSvmScheme
from x402.mechanisms.svm.signers import FacilitatorKeypairSigner
from x402.schemas import AssetAmount


class Told:
    """A facilitator whose answers are told."""

    def __init__(self, facilitator):
        self.facilitator = facilitator

    def get_supported(self):
        return self.facilitator.get_supported()

    async def verify(self, payload, requirements):
        return self.tell("verify", await self.facilitator.verify(payload, requirements))

    async def settle(self, payload, requirements):
        return self.tell("settle", await self.facilitator.settle(payload, requirements))

    @staticmethod
    def tell(name, answer):
        tell({"facilitator": name, "answer": answer.model_dump(mode="json", by_alias=True, exclude_none=True)})
        return answer


network = SETUP["network"]
signer = FacilitatorKeypairSigner(Keypair.from_bytes(bytes(SETUP["key"])), rpc_url=SETUP["rpc"])
facilitator = register_exact_svm_facilitator(x402Facilitator(), signer, networks=network)
server = x402ResourceServer(Told(facilitator))
server.register(network, ExactSvmScheme())
offer = RouteConfig(
    accepts=PaymentOption(
        scheme="exact",
        network=network,
        pay_to=SETUP["recipient"],
        price=AssetAmount(asset=SETUP["mint"], amount=SETUP["amount"]),
    ),
    description="What the seller sells",
    mime_type="application/json",
)
app = FastAPI()
app.add_middleware(PaymentMiddlewareASGI, routes={"GET /goods": offer, "POST /goods": offer}, server=server)


@app.api_route("/goods", methods=["GET", "POST"])
async def goods(request: Request):
    """It proves which method and body arrived."""
    body = (await request.body()).decode()
    return {"goods": SETUP["seller"], "method": request.method, "received": body or None}


def end_with_stdin():
    """Ends the process when whoever started it has ended."""
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_stdin, daemon=True).start()
listener = socket.create_server(("127.0.0.1", 0))
tell({"listening": listener.getsockname()[1]})
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
