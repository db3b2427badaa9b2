//! A channel file is looked at, against the library, and nothing changes.

use retrovue_schedule::{DayStart, Plan, day};

use super::subjects::{zone_name, zone_of};
use super::views::{Finding, Findings};
use super::{AppliedFile, ScheduleService};
use crate::failure::Failure;

/// What can be told of a channel file without a library: whether it is well written.
pub fn check_syntax(file: &AppliedFile) -> Findings {
    let (_, problems) = Plan::read(&file.text);
    Findings { findings: problems.iter().map(|problem| Finding::of(problem, &file.name)).collect() }
}

impl ScheduleService {
    /// Everything that is wrong with `file`, and what today would lack under it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn check(&self, file: &AppliedFile) -> Result<Findings, Failure> {
        let mut found = check_syntax(file);
        if let (Some(plan), _) = Plan::read(&file.text) {
            let desk = &self.desk;
            let before = desk.store.channel(&plan.channel)?;
            let zone = zone_of(&zone_name(&plan, before.as_ref()));
            let today = day::date_at(&plan, &zone, desk.now());
            let library = desk.store.schedulable_assets()?;
            let (_, _, problems) = day::compile(&plan, &zone, &library, today, &DayStart::default());
            found.findings.extend(problems.iter().map(|problem| Finding::of(problem, &file.name)));
        }
        Ok(found)
    }
}
