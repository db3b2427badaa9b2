//! The steps of the system's clock that MasterClock has taken over.

use diesel::dsl::max;
use diesel::prelude::*;
use retrovue_timeline::UtcTime;

use crate::schema::clock_adoption;
use crate::{Store, StoreError};

/// Adoptions that are kept: a clock that is stepped every minute fills this in a day.
const KEPT: i64 = 1000;

/// Why a step was taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdoptionCause {
    /// Nothing was on air.
    Idle,
    /// An operator said so.
    Command,
}

impl AdoptionCause {
    /// Its word in the database and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Command => "command",
        }
    }
}

/// A step that MasterClock has taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// Why.
    pub cause: AdoptionCause,
    /// What MasterClock showed just before.
    pub before: UtcTime,
    /// What it showed just after.
    pub after: UtcTime,
}

impl Store {
    /// Records an adoption.
    pub fn keep_adoption(&self, adoption: Adoption) -> Result<(), StoreError> {
        self.write(|connection| {
            diesel::insert_into(clock_adoption::table)
                .values((
                    clock_adoption::cause.eq(adoption.cause.word()),
                    clock_adoption::before_ns.eq(adoption.before.nanos()),
                    clock_adoption::after_ns.eq(adoption.after.nanos()),
                ))
                .execute(connection)?;
            let last: Option<i64> = clock_adoption::table.select(max(clock_adoption::number)).first(connection)?;
            let old = clock_adoption::table.filter(clock_adoption::number.le(last.unwrap_or(0) - KEPT));
            diesel::delete(old).execute(connection)?;
            Ok(())
        })
    }

    /// The newest `most` adoptions, the newest first.
    pub fn adoptions(&self, most: u32) -> Result<Vec<Adoption>, StoreError> {
        self.read(|connection| {
            let rows: Vec<(String, i64, i64)> = clock_adoption::table
                .order(clock_adoption::number.desc())
                .limit(most.into())
                .select((clock_adoption::cause, clock_adoption::before_ns, clock_adoption::after_ns))
                .load(connection)?;
            let adoption = |(cause, before, after): (String, i64, i64)| Adoption {
                cause: if cause == "command" { AdoptionCause::Command } else { AdoptionCause::Idle },
                before: UtcTime::from_nanos(before),
                after: UtcTime::from_nanos(after),
            };
            Ok(rows.into_iter().map(adoption).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_adoptions_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        assert_eq!(store.adoptions(10).unwrap(), []);
        let adoption = |number: i64| Adoption {
            cause: if number % 2 == 0 { AdoptionCause::Command } else { AdoptionCause::Idle },
            before: UtcTime::from_nanos(number),
            after: UtcTime::from_nanos(-number),
        };
        (0..KEPT + 5).for_each(|number| store.keep_adoption(adoption(number)).unwrap());
        let kept = store.adoptions(u32::MAX).unwrap();
        assert_eq!((kept.len(), kept[0], kept[999]), (1000, adoption(KEPT + 4), adoption(5)));
        assert_eq!(store.adoptions(2).unwrap(), [adoption(KEPT + 4), adoption(KEPT + 3)]);
    }
}
