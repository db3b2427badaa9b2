//! Layers: on which broadcast days the slots of a schedule hold.

use std::cmp::Ordering;

use jiff::civil::{Date, Weekday};

use super::Slot;
use crate::problem::Position;

/// Slots of some broadcast days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// As the file has it: `weekdays`, `12-24..12-26`.
    pub name: String,
    /// On which days it holds.
    pub days: Days,
    /// Ordered by time from the start of the broadcast day.
    pub slots: Vec<Slot>,
    /// Where the file says so.
    pub place: Position,
}

/// Which broadcast days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// Every one, before all other layers.
    Always,
    /// Every one.
    All,
    /// Monday to Friday.
    Weekdays,
    /// Saturday and Sunday.
    Weekends,
    /// One of the week.
    Weekday(Weekday),
    /// From one date to another, both included.
    Dates(Date, Date),
    /// The same in every year, as month and day. The last may come before the first: then the year turns between them.
    Yearly((i8, i8), (i8, i8)),
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// Layers that are words.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    ["all", "weekdays", "weekends"].into_iter().chain(WEEKDAYS.map(|(word, _)| word))
}

impl Days {
    /// The days that a layer of that name means. `None` where it means none.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "all" => return Some(Self::All),
            "weekdays" => return Some(Self::Weekdays),
            "weekends" => return Some(Self::Weekends),
            _ => {}
        }
        if let Some((_, weekday)) = WEEKDAYS.iter().find(|(word, _)| *word == name) {
            return Some(Self::Weekday(*weekday));
        }
        let (first, last) = name.split_once("..").unwrap_or((name, name));
        match (numbers(first)?.as_slice(), numbers(last)?.as_slice()) {
            (&[first_month, first_day], &[last_month, last_day]) => {
                // a leap year, in which every day of a year is one
                let is_day = |month, day| Date::new(2024, month, day).is_ok();
                let (first, last) = ((small(first_month)?, small(first_day)?), (small(last_month)?, small(last_day)?));
                (is_day(first.0, first.1) && is_day(last.0, last.1)).then_some(Self::Yearly(first, last))
            }
            (&[first_year, first_month, first_day], &[last_year, last_month, last_day]) => {
                let date = |year, month, day| Date::new(year, small(month)?, small(day)?).ok();
                let first = date(first_year, first_month, first_day)?;
                let last = date(last_year, last_month, last_day)?;
                (first <= last).then_some(Self::Dates(first, last))
            }
            _ => None,
        }
    }

    /// Whether `date` is one of them.
    pub fn hold(self, date: Date) -> bool {
        let is_weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        match self {
            Self::Always | Self::All => true,
            Self::Weekdays => !is_weekend,
            Self::Weekends => is_weekend,
            Self::Weekday(weekday) => date.weekday() == weekday,
            Self::Dates(first, last) => (first..=last).contains(&date),
            Self::Yearly(first, last) => {
                let day = (date.month(), date.day());
                if first <= last { (first..=last).contains(&day) } else { day >= first || day <= last }
            }
        }
    }

    /// The more specific ones are greater: what goes before all, then dates, of which fewer go before more and those of one year before those of
    /// each, then days of the week, weekdays and weekends, all.
    pub(crate) fn compare(self, other: Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }

    fn rank(self) -> (u8, std::cmp::Reverse<i32>) {
        let length = match self {
            Self::Dates(first, last) => days_between(first, last),
            Self::Yearly((first_month, first_day), (last_month, last_day)) => {
                let date = |month, day| Date::new(2024, month, day).unwrap_or(Date::ZERO);
                (days_between(date(first_month, first_day), date(last_month, last_day)) + 366) % 366
            }
            _ => 0,
        };
        let class = match self {
            Self::All => 0,
            Self::Weekdays | Self::Weekends => 1,
            Self::Weekday(_) => 2,
            Self::Yearly(..) => 3,
            Self::Dates(..) => 4,
            Self::Always => 5,
        };
        (class, std::cmp::Reverse(length))
    }

    /// Whether a day of these may follow another of these.
    pub(super) fn may_adjoin(self) -> bool {
        !matches!(self, Self::Weekday(_)) && !self.is_one_date()
    }

    fn is_one_date(self) -> bool {
        matches!(self, Self::Dates(first, last) if first == last)
            || matches!(self, Self::Yearly(first, last) if first == last)
    }
}

fn days_between(first: Date, last: Date) -> i32 {
    (last - first).get_days()
}

fn small(number: i16) -> Option<i8> {
    i8::try_from(number).ok()
}

/// The parts of `12-24` and `2026-12-24`.
fn numbers(date: &str) -> Option<Vec<i16>> {
    let part = |part: &str| {
        let is_plain = (1..=4).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit());
        is_plain.then(|| part.parse().ok()).flatten()
    };
    date.split('-').map(part).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn names_mean_days() {
        let check = |name: &str, on: Date, expect: bool| {
            let days = Days::named(name).unwrap_or_else(|| panic!("{name:?}"));
            assert_eq!(days.hold(on), expect, "{name:?} {on}");
        };
        let (friday, saturday) = (date(2026, 11, 20), date(2026, 11, 21));
        for (name, on_friday, on_saturday) in [
            ("all", true, true),
            ("weekdays", true, false),
            ("weekends", false, true),
            ("saturday", false, true),
            ("11-20", true, false),
            ("11-20..11-21", true, true),
            ("2026-11-21", false, true),
            ("2025-11-21", false, false),
            ("2025-01-01..2026-11-20", true, false),
            ("12-24..01-06", false, false),
        ] {
            check(name, friday, on_friday);
            check(name, saturday, on_saturday);
        }
        check("12-24..01-06", date(2026, 12, 31), true);
        check("12-24..01-06", date(2027, 1, 6), true);
        check("02-29", date(2027, 3, 1), false);
        for bad in [
            "",
            "Monday",
            "13-01",
            "02-30",
            "2026-02-29",
            "12-24..",
            "12-26..2026-12-24",
            "2026-12-26..2026-12-24",
            "1-1-1-1",
            "12",
        ] {
            assert_eq!(Days::named(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_more_specific_layer_is_greater() {
        let names = [
            "all",
            "weekdays",
            "monday",
            "10-01..12-31",
            "12-20..01-06",
            "12-24",
            "2026-01-01..2026-12-31",
            "2026-12-24",
        ];
        let days: Vec<_> = names.iter().map(|name| Days::named(name).unwrap()).collect();
        for (pair, names) in days.windows(2).zip(names.windows(2)) {
            assert_eq!(pair[0].compare(pair[1]), Ordering::Less, "{names:?}");
        }
        assert_eq!(Days::Weekdays.compare(Days::Weekends), Ordering::Equal);
    }
}
