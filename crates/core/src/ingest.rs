//! Taking media in: what a folder holds, what its names tell, and what is new since last time.

pub mod naming;
