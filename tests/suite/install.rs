//! Installing, updating and removing plugins: where they may come from, and what is refused.

pub(crate) mod desk;
mod flow;
mod intact;
mod killed;
mod refused;
mod replaced;
