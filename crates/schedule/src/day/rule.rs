//! Why an item is where it is, as guides for operators print it and as a day's rest is continued from it.

use std::fmt;

use jiff::civil::Date;

/// The rule that chose an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule<'a> {
    /// The slot's id.
    pub(super) slot: &'a str,
    pub(super) choice: Choice<'a>,
}

/// What a slot chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice<'a> {
    /// An item of this pool: `all@06:00 cheers sequential`.
    Pool(&'a str, By),
    /// The one that it names: `all@06:00 asset 0190…`.
    Asset(&'a str),
}

/// The order by which an item was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Sequential,
    Shuffle,
    /// Kept from coming again for so many.
    Random(u32),
    Weighted,
    /// It was the turn of the pool at this place.
    Rotate(usize),
    /// For the slot of this broadcast day.
    Marathon(Date),
    Newest(Date),
    /// The one that begins a night off air.
    SignOff,
}

/// Nothing else is there.
pub(crate) const CARD: &str = "fallback card";

impl<'a> Rule<'a> {
    /// `None` where no rule is written so, and for the fallback.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (slot, what) = text.split_once(' ').filter(|(slot, _)| slot.contains('@'))?;
        let (pool, by) = what.split_once(' ')?;
        let choice = match By::parse(by) {
            // a pool may be called so
            Some(by) => Choice::Pool(pool, by),
            None if pool == "asset" => Choice::Asset(by),
            None => return None,
        };
        Some(Rule { slot, choice })
    }

    /// The key of what is remembered of the slot itself, `what` naming the thing.
    pub(super) fn slot_key(self, what: &str) -> String {
        slot_key(self.slot, what)
    }
}

/// No name of a pool holds a space, so that no pool goes by such a key.
pub(super) fn slot_key(slot: &str, what: &str) -> String {
    format!("{slot} {what}")
}

impl By {
    fn parse(text: &str) -> Option<Self> {
        let (word, detail) = text.split_once(' ').unwrap_or((text, ""));
        let plain = |by: By| detail.is_empty().then_some(by);
        match word {
            "sequential" => plain(By::Sequential),
            "shuffle" => plain(By::Shuffle),
            "weighted" => plain(By::Weighted),
            "random" => detail.parse().ok().map(By::Random),
            "rotate" => detail.parse().ok().map(By::Rotate),
            "marathon" => detail.parse().ok().map(By::Marathon),
            "newest" => detail.parse().ok().map(By::Newest),
            "sign_off" => plain(By::SignOff),
            _ => None,
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            By::Sequential => f.write_str("sequential"),
            By::Shuffle => f.write_str("shuffle"),
            By::Random(unrepeated) => write!(f, "random {unrepeated}"),
            By::Weighted => f.write_str("weighted"),
            By::Rotate(turn) => write!(f, "rotate {turn}"),
            By::Marathon(date) => write!(f, "marathon {date}"),
            By::Newest(date) => write!(f, "newest {date}"),
            By::SignOff => f.write_str("sign_off"),
        }
    }
}

impl fmt::Display for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.slot)?;
        match self.choice {
            Choice::Pool(pool, by) => write!(f, "{pool} {by}"),
            Choice::Asset(id) => write!(f, "asset {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        let pool = |by| Choice::Pool("cheers", by);
        let day = date(2026, 12, 24);
        for (slot, choice) in [
            ("all@06:00", pool(By::Sequential)),
            ("12-24..12-26@06:00:30", Choice::Pool("asset", By::Sequential)),
            ("saturday@20:00", pool(By::Shuffle)),
            ("all@06:00", pool(By::Random(40))),
            ("all@06:00", pool(By::Weighted)),
            ("2026-12-24@18:00", pool(By::Rotate(2))),
            ("all@06:00", pool(By::Marathon(day))),
            ("all@06:00", pool(By::Newest(day))),
            ("off_air@02:00", pool(By::SignOff)),
            ("weekends@06:00", Choice::Asset("0190-abc")),
        ] {
            let rule = Rule { slot, choice };
            assert_eq!(Rule::parse(&rule.to_string()), Some(rule));
        }
        for bad in
            ["", "all@", "all cheers sequential", "all@06:00 cheers", "all@06:00 cheers random x", "because", CARD]
        {
            assert_eq!(Rule::parse(bad), None, "{bad:?}");
        }
    }
}
