//! Whether Core runs.

use super::{Finding, Patient};

pub(super) fn check(patient: &Patient) -> Option<Finding> {
    let failure = patient.status.as_ref().err()?;
    Some(Finding::error("core_unreachable", &failure.message, &failure.hint))
}
