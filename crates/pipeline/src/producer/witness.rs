//! Who is told that a file is opened.

use crate::unit::Fault;

/// Somebody who has to know of a file before it is opened: opening one can take the process down.
pub trait Witness: Send + Sync {
    /// The file is opened as soon as this returns. Called on the thread that opens it, once for each try.
    fn opening(&self) {}

    /// The opening is over: its first picture is decoded, or nobody wants it any more, or there was a fault.
    fn opened(&self, _fault: Option<&Fault>) {}
}

/// Nobody.
impl Witness for () {}
