//! Every test here runs the real programs; one file a subject.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test that can't go on ends here")]

mod version;
