//! Why an item is where it is, as guides for operators print it and as a day's rest is continued from it.

use std::fmt;

/// The rule that chose an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule<'a> {
    /// The next one of a pool in the slot of this index: `all[0] cheers sequential`.
    Pool { slot: usize, pool: &'a str },
    /// The one that the slot names: `all[0] asset 0190…`.
    Asset { slot: usize, id: &'a str },
    /// Nothing else is there: `fallback card`.
    Fallback,
}

impl<'a> Rule<'a> {
    /// `None` where no rule is written so.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let Some(rest) = text.strip_prefix("all[") else {
            return (text == "fallback card").then_some(Rule::Fallback);
        };
        let (slot, what) = rest.split_once("] ")?;
        let slot = slot.parse().ok()?;
        match what.strip_prefix("asset ") {
            Some(id) if what != "asset sequential" => Some(Rule::Asset { slot, id }),
            _ => Some(Rule::Pool { slot, pool: what.strip_suffix(" sequential")? }),
        }
    }

    /// The key of the cursor that it moves. No name of a pool holds a space.
    pub(super) fn cursor_key(self) -> Option<String> {
        match self {
            Rule::Pool { pool, .. } => Some(pool.to_owned()),
            Rule::Asset { .. } => Some(self.to_string()),
            Rule::Fallback => None,
        }
    }
}

impl fmt::Display for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Pool { slot, pool } => write!(f, "all[{slot}] {pool} sequential"),
            Rule::Asset { slot, id } => write!(f, "all[{slot}] asset {id}"),
            Rule::Fallback => f.write_str("fallback card"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn rules_are_read_as_they_are_written() {
        for rule in [
            Rule::Pool { slot: 0, pool: "cheers" },
            Rule::Pool { slot: 12, pool: "asset" },
            Rule::Asset { slot: 3, id: "0190-abc" },
            Rule::Fallback,
        ] {
            assert_eq!(Rule::parse(&rule.to_string()), Some(rule));
        }
        for bad in ["", "all[", "all[x] cheers sequential", "all[0] cheers", "because"] {
            assert_eq!(Rule::parse(bad), None, "{bad:?}");
        }
    }
}
