-- The tables of version 1. Moments are ISO 8601 in UTC with milliseconds, so they sort as text.

CREATE TABLE agents (
  mint TEXT PRIMARY KEY,
  executive TEXT NOT NULL,
  network TEXT NOT NULL,
  name TEXT NOT NULL,
  active INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  network TEXT NOT NULL,
  prefix TEXT NOT NULL,
  last4 TEXT NOT NULL,
  -- SHA-256 of the key; the key itself is nowhere.
  hash BLOB NOT NULL UNIQUE,
  owner_wallet TEXT NOT NULL,
  agent_mint TEXT NOT NULL,
  created_at TEXT NOT NULL,
  disabled_at TEXT
) STRICT;
CREATE INDEX api_keys_of_agent ON api_keys (agent_mint, created_at DESC);

CREATE TABLE payment_links (
  network TEXT NOT NULL,
  id TEXT NOT NULL,
  api_key_id TEXT NOT NULL,
  label TEXT NOT NULL,
  description TEXT,
  owner_agent TEXT NOT NULL,
  owner_wallet TEXT,
  method TEXT NOT NULL,
  price TEXT NOT NULL,
  currency TEXT NOT NULL,
  accepts_currencies TEXT NOT NULL,
  response TEXT NOT NULL,
  webhook_url TEXT,
  wrap_receipt INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  protocol TEXT NOT NULL,
  disabled_at TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (network, id)
) STRICT;
CREATE INDEX payment_links_of_key ON payment_links (api_key_id, created_at DESC);

CREATE TABLE receipts (
  network TEXT NOT NULL,
  receipt_hash TEXT NOT NULL,
  agent TEXT NOT NULL,
  nonce REAL NOT NULL,
  decision TEXT NOT NULL,
  kind TEXT NOT NULL,
  tx_sig TEXT,
  payment_requirements_hash TEXT,
  raw TEXT NOT NULL,
  ingested_at TEXT NOT NULL,
  PRIMARY KEY (network, receipt_hash)
) STRICT;
CREATE INDEX receipts_of_agent ON receipts (agent, ingested_at DESC);

-- Answers to requests that came with an Idempotency-Key.
CREATE TABLE answers (
  api_key_id TEXT NOT NULL,
  path TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER NOT NULL,
  PRIMARY KEY (api_key_id, path, idempotency_key)
) STRICT;
CREATE INDEX answers_by_age ON answers (expires);

-- Signatures that were used, for as long as they could be used again. Kept in strict mode.
CREATE TABLE replays (
  signature BLOB PRIMARY KEY,
  expires INTEGER NOT NULL
) STRICT;
CREATE INDEX replays_by_age ON replays (expires);
