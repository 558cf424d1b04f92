//! A Leash API on this machine: an HTTP server on loopback over SQLite.
//!
//! It answers as the original API does, to the byte of its error documents, so that a program that works
//! here works there. [`Sandbox`] is the API without a network; [`serve`] puts it behind a listener;
//! [`instance`] is the one server of a data directory; [`cli`] is what a person types.
#![allow(dead_code)]

mod js;
mod target;
mod zod;
