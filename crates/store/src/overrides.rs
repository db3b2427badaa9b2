//! Overrides: what an operator put on air in place of what is planned, when, and why.

use diesel::prelude::*;
use retrovue_timeline::UtcTime;

use crate::schema::network_override;
use crate::{Store, StoreError};

/// What an override is for. The later ones cover the earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OverrideKind {
    /// The network's guide, instead of programmes.
    Guide,
    /// The channel is being worked on.
    Maintenance,
    /// Everybody has to know.
    Emergency,
}

/// What is seen of an override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A card with text.
    Card {
        /// A line; may be empty.
        heading: String,
        /// Lines; may be empty.
        text: String,
    },
    /// A line that runs over what is planned.
    Crawl {
        /// The line.
        text: String,
    },
    /// An asset, again and again.
    Asset {
        /// The asset.
        asset_id: String,
    },
    /// The guide of the network.
    Guide,
}

/// An override, as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Opaque.
    pub id: String,
    /// What it is for.
    pub kind: OverrideKind,
    /// Slugs; none is all channels, those to come too.
    pub channels: Vec<String>,
    /// What is seen.
    pub shown: Shown,
    /// From when on.
    pub start: UtcTime,
    /// When it ends by itself.
    pub until: Option<UtcTime>,
    /// When an operator ended it, and who.
    pub stopped: Option<(UtcTime, String)>,
    /// Who started it.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl OverrideKind {
    /// Each of them.
    pub const ALL: [OverrideKind; 3] = [OverrideKind::Emergency, OverrideKind::Guide, OverrideKind::Maintenance];

    /// Its word in the database and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Guide => "guide",
            Self::Maintenance => "maintenance",
        }
    }
}

impl Override {
    /// Whether it concerns this channel.
    pub fn concerns(&self, slug: &str) -> bool {
        self.channels.is_empty() || self.channels.iter().any(|channel| channel == slug)
    }

    /// When it ends or ended; `None` while nobody knows.
    pub fn end(&self) -> Option<UtcTime> {
        self.stopped.as_ref().map(|(at, _)| *at).into_iter().chain(self.until).min()
    }

    /// Whether it is on air at `now`.
    pub fn holds_at(&self, now: UtcTime) -> bool {
        self.start <= now && self.end().is_none_or(|end| end > now)
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = network_override)]
struct OverrideRow {
    id: String,
    kind: String,
    channels: String,
    shows: String,
    heading: String,
    text: String,
    asset_id: Option<String>,
    start_ns: i64,
    until_ns: Option<i64>,
    stopped_ns: Option<i64>,
    started_by: String,
    reason: String,
    stopped_by: Option<String>,
}

impl OverrideRow {
    fn of(recorded: &Override) -> Result<Self, StoreError> {
        let (shows, heading, text, asset_id) = match recorded.shown.clone() {
            Shown::Card { heading, text } => ("card", heading, text, None),
            Shown::Crawl { text } => ("crawl", String::new(), text, None),
            Shown::Asset { asset_id } => ("asset", String::new(), String::new(), Some(asset_id)),
            Shown::Guide => ("guide", String::new(), String::new(), None),
        };
        Ok(Self {
            id: recorded.id.clone(),
            kind: recorded.kind.word().to_owned(),
            channels: serde_json::to_string(&recorded.channels).map_err(unreadable)?,
            shows: shows.to_owned(),
            heading,
            text,
            asset_id,
            start_ns: recorded.start.nanos(),
            until_ns: recorded.until.map(UtcTime::nanos),
            stopped_ns: recorded.stopped.as_ref().map(|(at, _)| at.nanos()),
            started_by: recorded.by.clone(),
            reason: recorded.reason.clone(),
            stopped_by: recorded.stopped.as_ref().map(|(_, by)| by.clone()),
        })
    }

    fn into_override(self) -> Result<Override, StoreError> {
        let kind = OverrideKind::ALL.into_iter().find(|kind| kind.word() == self.kind);
        let shown = match (self.shows.as_str(), self.asset_id) {
            ("card", _) => Shown::Card { heading: self.heading, text: self.text },
            ("crawl", _) => Shown::Crawl { text: self.text },
            ("asset", Some(asset_id)) => Shown::Asset { asset_id },
            _ => Shown::Guide,
        };
        Ok(Override {
            id: self.id,
            kind: kind.ok_or_else(|| unreadable(&self.kind))?,
            channels: serde_json::from_str(&self.channels).map_err(unreadable)?,
            shown,
            start: UtcTime::from_nanos(self.start_ns),
            until: self.until_ns.map(UtcTime::from_nanos),
            stopped: self.stopped_ns.map(UtcTime::from_nanos).zip(self.stopped_by),
            by: self.started_by,
            reason: self.reason,
        })
    }
}

impl Store {
    /// Records an override.
    pub fn keep_override(&self, recorded: &Override) -> Result<(), StoreError> {
        let row = OverrideRow::of(recorded)?;
        self.write(|connection| {
            diesel::insert_into(network_override::table).values(row).execute(connection)?;
            Ok(())
        })
    }

    /// Records that `by` ended these overrides at `at`.
    pub fn stop_overrides(&self, ids: &[String], at: UtcTime, by: &str) -> Result<(), StoreError> {
        self.write(|connection| {
            diesel::update(network_override::table.filter(network_override::id.eq_any(ids)))
                .set((network_override::stopped_ns.eq(at.nanos()), network_override::stopped_by.eq(by)))
                .execute(connection)?;
            Ok(())
        })
    }

    /// Overrides that are on air at any instant of `[from, to)`, in the order in which they were started.
    pub fn overrides_on(&self, from: UtcTime, to: UtcTime) -> Result<Vec<Override>, StoreError> {
        self.read(|connection| overrides_on(connection, from, to))
    }

    /// The newest `most` overrides, the newest first.
    pub fn overrides(&self, most: u32) -> Result<Vec<Override>, StoreError> {
        self.read(|connection| {
            let rows: Vec<OverrideRow> = network_override::table
                .order(network_override::number.desc())
                .limit(most.into())
                .select(OverrideRow::as_select())
                .load(connection)?;
            rows.into_iter().map(OverrideRow::into_override).collect()
        })
    }
}

pub(crate) fn overrides_on(
    connection: &mut SqliteConnection,
    from: UtcTime,
    to: UtcTime,
) -> Result<Vec<Override>, StoreError> {
    let rows: Vec<OverrideRow> = network_override::table
        .filter(network_override::start_ns.lt(to.nanos()))
        .filter(network_override::until_ns.is_null().or(network_override::until_ns.gt(from.nanos())))
        .filter(network_override::stopped_ns.is_null().or(network_override::stopped_ns.gt(from.nanos())))
        .order(network_override::number)
        .select(OverrideRow::as_select())
        .load(connection)?;
    rows.into_iter().map(OverrideRow::into_override).collect()
}

/// Forgets overrides that were over before `before`.
pub(crate) fn prune_overrides(connection: &mut SqliteConnection, before: UtcTime) -> Result<(), StoreError> {
    let (until, stopped) = (network_override::until_ns, network_override::stopped_ns);
    let over = until.lt(before.nanos()).assume_not_null().or(stopped.lt(before.nanos()).assume_not_null());
    diesel::delete(network_override::table.filter(over)).execute(connection)?;
    Ok(())
}

/// A value that only a damaged or foreign file can hold.
fn unreadable(cause: impl std::fmt::Display) -> StoreError {
    diesel::result::Error::DeserializationError(cause.to_string().into()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emergency(id: &str, start_ms: i64, until_ms: Option<i64>) -> Override {
        Override {
            id: id.to_owned(),
            kind: OverrideKind::Emergency,
            channels: vec!["one".to_owned()],
            shown: Shown::Card { heading: "Storm".to_owned(), text: "Stay inside.\nListen.".to_owned() },
            start: UtcTime::from_millis(start_ms),
            until: until_ms.map(UtcTime::from_millis),
            stopped: None,
            by: "ann".to_owned(),
            reason: "the mayor called".to_owned(),
        }
    }

    #[test]
    fn an_override_is_there_from_its_start_to_its_end() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(&home.path().join("retrovue.db")).unwrap();
        let (open, bounded) = (emergency("a", 1000, None), emergency("b", 2000, Some(3000)));
        let asset = Override { shown: Shown::Asset { asset_id: "x".to_owned() }, ..emergency("c", 9000, None) };
        for recorded in [&open, &bounded, &asset] {
            store.keep_override(recorded).unwrap();
        }
        let on = |from, to| store.overrides_on(UtcTime::from_millis(from), UtcTime::from_millis(to)).unwrap();
        assert_eq!(on(0, 1000), []);
        assert_eq!(on(0, 2500), [open.clone(), bounded.clone()]);
        assert_eq!(on(3000, 9000), std::slice::from_ref(&open));
        store.stop_overrides(&["a".to_owned()], UtcTime::from_millis(5000), "bob").unwrap();
        let stopped = Override { stopped: Some((UtcTime::from_millis(5000), "bob".to_owned())), ..open };
        assert_eq!(on(4000, 4001), std::slice::from_ref(&stopped));
        assert_eq!(on(5000, 6000), []);
        assert!(stopped.holds_at(UtcTime::from_millis(4999)) && !stopped.holds_at(UtcTime::from_millis(5000)));
        assert!(stopped.concerns("one") && !stopped.concerns("two"));
        assert_eq!(store.overrides(2).unwrap(), [asset, bounded]);
    }
}
