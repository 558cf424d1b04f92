-- What version 2 adds: what selling needs.

CREATE TABLE link_counters (
  network TEXT NOT NULL,
  id TEXT NOT NULL,
  call_count INTEGER NOT NULL DEFAULT 0,
  settled_count INTEGER NOT NULL DEFAULT 0,
  last_called_at TEXT,
  last_settled_at TEXT,
  last_tx_sig TEXT,
  last_amount TEXT,
  last_currency TEXT,
  PRIMARY KEY (network, id)
) STRICT;

-- The key that pays the fees of payments. It is worth nothing outside of this sandbox.
CREATE TABLE facilitator (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  secret BLOB NOT NULL
) STRICT;

-- What a buyer was asked to pay, where the protocol gives that a name.
CREATE TABLE challenges (
  id TEXT PRIMARY KEY,
  network TEXT NOT NULL,
  link_id TEXT NOT NULL,
  document TEXT NOT NULL,
  issued INTEGER NOT NULL,
  -- The transaction that paid it.
  consumed_by TEXT
) STRICT;
CREATE INDEX challenges_by_age ON challenges (issued);

-- Payments, written before their transaction is sent. A row with a receipt is one that was settled.
CREATE TABLE payments (
  tx_sig TEXT PRIMARY KEY,
  -- What it was given for: a request to a link, or to the facilitator. It counts for nothing else.
  purpose TEXT NOT NULL,
  -- Those of the facilitator's alone have no link.
  network TEXT,
  link_id TEXT,
  challenge_id TEXT,
  payer TEXT NOT NULL,
  -- What was demanded, as JSON.
  terms TEXT NOT NULL,
  -- The receipt without its place in the chain, as JSON.
  draft TEXT,
  receipt_hash TEXT,
  receipt TEXT,
  -- The seller's answer.
  status INTEGER,
  content_type TEXT,
  headers TEXT,
  body BLOB,
  sent INTEGER NOT NULL
) STRICT;
CREATE INDEX payments_by_age ON payments (sent);
CREATE INDEX payments_under_way ON payments (sent) WHERE receipt_hash IS NULL;

-- Where the chain of an agent's earn receipts has got to.
CREATE TABLE earn_chains (
  network TEXT NOT NULL,
  agent TEXT NOT NULL,
  count INTEGER NOT NULL,
  last_hash TEXT NOT NULL,
  PRIMARY KEY (network, agent)
) STRICT;
