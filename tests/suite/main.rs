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
mod consent;
mod dispatch;
mod doctor;
mod granted;
mod granted_agents;
mod granted_kinds;
mod granted_process;
mod granted_terminal;
mod authors;
mod guide;
mod hostile;
mod identity;
mod inside;
mod libraries;
mod named_socket;
mod keys;
mod recorded;
mod sell;
mod settings;
mod shell;
mod terminal;
mod terms;
mod usage;
mod version;
mod whole;
mod world;
