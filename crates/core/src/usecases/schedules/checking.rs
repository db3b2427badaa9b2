//! A channel file is looked at, against the library, and nothing changes.

use retrovue_schedule::{DayStart, Plan, day};
use retrovue_store::schedules::Channel;

use super::subjects::{zone_name, zone_of};
use super::views::{Finding, Findings};
use super::{AppliedFile, ScheduleService, logos};
use crate::failure::Failure;

/// What can be told of a channel file without a library: whether it is well written, and has its logo.
pub fn check_syntax(file: &AppliedFile) -> Findings {
    check_written(file, None)
}

/// The same for a channel that was `before`.
fn check_written(file: &AppliedFile, before: Option<&Channel>) -> Findings {
    let (plan, mut problems) = Plan::read(&file.text);
    problems.extend(plan.and_then(|plan| logos::choose(&plan, file.logo.as_ref(), before).err()));
    Findings { findings: problems.iter().map(|problem| Finding::of(problem, &file.name)).collect() }
}

impl ScheduleService {
    /// Everything that is wrong with `file`, and what today would lack under it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn check(&self, file: &AppliedFile) -> Result<Findings, Failure> {
        let (Some(plan), _) = Plan::read(&file.text) else { return Ok(check_syntax(file)) };
        let desk = &self.desk;
        let before = desk.store.channel(&plan.channel)?;
        let mut found = check_written(file, before.as_ref());
        let zone = zone_of(&zone_name(&plan, before.as_ref()));
        let today = day::date_at(&plan, &zone, desk.now());
        let library = desk.store.schedulable_assets()?;
        let (_, _, problems) = day::compile(&plan, &zone, &library, today, &DayStart::default());
        found.findings.extend(problems.iter().map(|problem| Finding::of(problem, &file.name)));
        Ok(found)
    }
}
