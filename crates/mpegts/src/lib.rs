//! MPEG transport streams as RetroVue sends them: packets, tables, the mux, the scanner of the fan-out, and the checks
//! that every capture must pass.
//!
//! Pure: bytes in, bytes out. Nothing here reads a clock, opens a file or waits. Clauses name ISO/IEC 13818-1 unless
//! they name another document.

pub mod conformance;
pub mod crc;
pub mod mux;
pub mod nal;
pub mod packet;
pub mod pes;
pub mod pid;
pub mod psi;
pub mod scan;
