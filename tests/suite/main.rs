//! Every test here runs the real programs; one file a subject.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test that can't go on ends here")]

mod agent;
mod api;
mod api_key_create;
mod api_key_list;
mod api_key_lost;
mod api_key_revoke;
mod api_key_rotate;
mod api_key_rotate_killed;
mod api_key_undelivered;
mod dispatch;
mod doctor;
mod granted;
mod hostile;
mod identity;
mod policy;
mod receipts;
mod recorded;
mod sell;
mod settings;
mod shell;
mod terminal;
mod usage;
mod version;
mod whole;
