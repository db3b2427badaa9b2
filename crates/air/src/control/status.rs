//! Refusals on the wire: a gRPC code for programs, a stable word in the metadata, a sentence for people.

use tonic::metadata::AsciiMetadataValue;
use tonic::{Code, Status};

use crate::engine::Refusal;

/// A status with its stable word.
pub(super) fn status(code: Code, word: &'static str, sentence: impl Into<String>) -> Status {
    let mut status = Status::new(code, sentence);
    status.metadata_mut().insert(retrovue_proto::CODE_METADATA, AsciiMetadataValue::from_static(word));
    status
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::Invalid(_) | Refusal::Slate(_) => Code::InvalidArgument,
            Refusal::AlreadyOnAir(_) => Code::AlreadyExists,
            Refusal::NotOnAir(_) | Refusal::OtherSession { .. } => Code::NotFound,
            Refusal::StaleGeneration { .. }
            | Refusal::Protocol { .. }
            | Refusal::EndpointUnreachable { .. }
            | Refusal::OtherSpool(_) => Code::FailedPrecondition,
            Refusal::Full(_) | Refusal::NoRoom { .. } | Refusal::Strained | Refusal::Crowded | Refusal::Machine(_) => {
                Code::ResourceExhausted
            }
            Refusal::Draining => Code::Unavailable,
        };
        status(code, refusal.code(), refusal.to_string())
    }
}
