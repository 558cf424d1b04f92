"""What the seller and the buyer need: what they were started with, and how they speak to `cargo xtask interop`."""

import json
import os

SETUP = json.loads(os.environ["INTEROP"])


def tell(event):
    """Writes one event as a line of JSON."""
    print(json.dumps(event), flush=True)
