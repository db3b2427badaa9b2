//! The guide: the programmes of the stored days, and nothing that is worked out again.
//!
//! An item lasts up to the grid's next line, as in any listing. A hole is one in the guide, too.

use std::time::Duration;

use retrovue_schedule::{Item, Kind};
use retrovue_store::overrides::{Override, Shown};
use retrovue_store::schedules::StoredItem;
use retrovue_timeline::UtcTime;

use super::{Desk, ScheduleService};
use crate::channels::source::{GuideChannel, GuideSource, Overridden, Programme};
use crate::failure::Failure;

/// How far ahead the next programme is looked for.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// What is on, and what follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NowNext {
    /// The programme on air; `None` between programmes.
    pub now: Option<Programme>,
    /// The next one to start, within a day.
    pub next: Option<Programme>,
}

impl ScheduleService {
    /// What is on at `now`, and what follows.
    ///
    /// # Errors
    /// `channel_not_found`
    pub fn now_next(&self, slug: &str, now: UtcTime) -> Result<NowNext, Failure> {
        let channel = self.desk.live_channel(slug)?;
        let mut programmes = self.desk.programmes(&channel.id, now, now.plus(A_DAY))?.into_iter().peekable();
        let on_air = programmes.next_if(|programme| programme.start <= now);
        Ok(NowNext { now: on_air, next: programmes.next() })
    }
}

impl GuideSource for ScheduleService {
    fn edition(&self) -> u64 {
        self.desk.listings.edition()
    }

    fn guide(&self, from: UtcTime, to: UtcTime) -> Result<Vec<GuideChannel>, Failure> {
        let now = self.desk.now();
        let held = self.desk.store.overrides_on(now, now.plus(Duration::from_nanos(1)))?;
        let listings = self.desk.listings()?;
        let channels = listings.iter().map(|listing| {
            let programmes = match listing.between(from, to) {
                Some(programmes) => programmes.to_vec(),
                None => self.desk.programmes(&listing.info.id, from, to)?,
            };
            let overridden = override_at(&held, &listing.info.slug, now);
            Ok(GuideChannel { info: listing.info.clone(), zone: listing.zone.clone(), programmes, overridden })
        });
        channels.collect()
    }

    fn readable(&self) -> Result<(), Failure> {
        Ok(self.desk.store.meta("").map(drop)?)
    }
}

/// The override of `slug` that viewers see instead of programmes; a crawl leaves them.
fn override_at(held: &[Override], slug: &str, now: UtcTime) -> Option<Overridden> {
    let held = held.iter().filter(|held| held.concerns(slug) && held.holds_at(now));
    let held = held.filter(|held| !matches!(held.shown, Shown::Crawl { .. }));
    let newest = held.max_by_key(|held| (held.kind, held.start))?;
    Some(Overridden { kind: newest.kind.word(), since: newest.start, until: newest.until })
}

impl Desk {
    /// The programmes that overlap the span, in order.
    pub(super) fn programmes(&self, channel_id: &str, from: UtcTime, to: UtcTime) -> Result<Vec<Programme>, Failure> {
        Ok(programmes(self.store.schedule_items(channel_id, from, to)?))
    }
}

/// What a guide shows of items, which follow one another.
pub(super) fn programmes(items: Vec<StoredItem>) -> Vec<Programme> {
    let items = items.into_iter().map(|stored| stored.item);
    let items: Vec<Item> = items.filter(|item| item.kind == Kind::Programme || item.is_off_air()).collect();
    // a night off air is one programme, whatever is shown
    let programmes = items.chunk_by(|one, next| one.is_off_air() && next.is_off_air() && one.end == next.start);
    let programme = |items: &[Item]| {
        let (first, last) = (items.first()?, items.last()?);
        Some(Programme {
            id: first.item_id.clone(),
            title: first.title.clone(),
            subtitle: if first.is_off_air() { String::new() } else { first.subtitle.clone() },
            start: first.start,
            end: last.end,
        })
    };
    programmes.filter_map(programme).collect()
}
