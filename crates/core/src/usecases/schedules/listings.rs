//! The programmes of all channels in memory, so that a guide costs the store nothing however often it is asked for. What
//! changes of a channel is read again, that channel's alone, when a guide is asked for next.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use retrovue_timeline::UtcTime;

use super::guide::programmes;
use super::subjects::zone_of;
use super::{Desk, ScheduleChange};
use crate::channels::source::{ChannelInfo, Programme};
use crate::failure::Failure;

/// How long ago a programme may have ended that is held.
const BEHIND: Duration = Duration::from_secs(6 * 3600);

/// Items of all channels together, some 70 MB: two weeks of half hours on 500 channels. Each has its share; what lies
/// beyond is read from the store by those who ask for it.
const HELD: usize = 350_000;

/// What is held, and what of it is out of date.
#[derive(Default)]
pub(super) struct Listings {
    /// `None` before anybody asked. One reads, and the others wait for that.
    held: Mutex<Option<Held>>,
    stale: Mutex<Stale>,
    edition: AtomicU64,
}

type Held = Arc<Vec<Listing>>;

#[derive(Default)]
struct Stale {
    /// Which channels there are, and what they are called.
    channels: bool,
    /// Whose programmes.
    slugs: BTreeSet<String>,
}

/// A channel with its programmes.
pub(super) struct Listing {
    pub(super) info: ChannelInfo,
    pub(super) zone: TimeZone,
    programmes: Arc<Programmes>,
}

struct Programmes {
    /// In order.
    list: Vec<Programme>,
    from: UtcTime,
    /// `None` is to the end of what is planned.
    to: Option<UtcTime>,
}

impl Listings {
    pub(super) fn edition(&self) -> u64 {
        self.edition.load(Ordering::Acquire)
    }

    /// Has what `change` concerns, which is stored, read again.
    pub(super) fn outdate(&self, change: &ScheduleChange) {
        let mut stale = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        match change {
            ScheduleChange::Channels => stale.channels = true,
            ScheduleChange::Playlog { slug } => drop(stale.slugs.insert(slug.clone())),
        }
        self.edition.fetch_add(1, Ordering::Release);
    }

    fn take_stale(&self) -> Stale {
        std::mem::take(&mut *self.stale.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Listing {
    /// The programmes that overlap the span, where they are held.
    pub(super) fn between(&self, from: UtcTime, to: UtcTime) -> Option<&[Programme]> {
        let Programmes { list, .. } = &*self.programmes;
        let is_held = from >= self.programmes.from && self.programmes.to.is_none_or(|end| to <= end);
        let first = list.partition_point(|programme| programme.end <= from);
        let end = list.partition_point(|programme| programme.start < to);
        is_held.then(|| list.get(first..end).unwrap_or_default())
    }
}

impl Desk {
    /// All live channels, by number, as they are stored now.
    pub(super) fn listings(&self) -> Result<Held, Failure> {
        let mut held = self.listings.held.lock().unwrap_or_else(PoisonError::into_inner);
        let stale = self.listings.take_stale();
        let listings = match &*held {
            Some(listings) if !stale.channels && stale.slugs.is_empty() => return Ok(Arc::clone(listings)),
            Some(listings) if !stale.channels => self.listed_anew(listings, &stale),
            listings => self.listed(listings.as_deref().map_or(&[], Vec::as_slice), &stale),
        };
        match listings {
            Ok(listings) => Ok(Arc::clone(held.insert(Arc::new(listings)))),
            Err(failure) => {
                // what is out of date is not known any more, so all of it is
                *held = None;
                Err(failure)
            }
        }
    }

    /// The same channels, some of them with other programmes.
    fn listed_anew(&self, before: &[Listing], stale: &Stale) -> Result<Vec<Listing>, Failure> {
        let share = HELD / before.len().max(1);
        let listings = before.iter().map(|listing| {
            let programmes = match stale.slugs.contains(&listing.info.slug) {
                true => Arc::new(self.read_programmes(&listing.info.id, share)?),
                false => Arc::clone(&listing.programmes),
            };
            Ok(Listing { info: listing.info.clone(), zone: listing.zone.clone(), programmes })
        });
        listings.collect()
    }

    /// The channels that there are now, with the programmes of those that were there before.
    fn listed(&self, before: &[Listing], stale: &Stale) -> Result<Vec<Listing>, Failure> {
        let before: HashMap<&str, &Listing> =
            before.iter().map(|listing| (listing.info.id.as_str(), listing)).collect();
        let channels = self.live_channels()?;
        let share = HELD / channels.len().max(1);
        let listings = channels.into_iter().map(|channel| {
            let before = before.get(channel.id.as_str()).filter(|_| !stale.slugs.contains(&channel.slug));
            let programmes = match before {
                Some(before) => Arc::clone(&before.programmes),
                None => Arc::new(self.read_programmes(&channel.id, share)?),
            };
            Ok(Listing { zone: zone_of(&channel.time_zone), info: self.info(channel), programmes })
        });
        listings.collect()
    }

    fn read_programmes(&self, channel_id: &str, most: usize) -> Result<Programmes, Failure> {
        let from = self.now().minus(BEHIND);
        let items = self.store.next_schedule_items(channel_id, from, most)?;
        let is_cut = items.len() >= most;
        let list = programmes(items);
        // the last one may go on beyond what was read
        let to = is_cut.then(|| list.last().map_or(from, |last| last.start));
        Ok(Programmes { list, from, to })
    }
}

#[cfg(test)]
mod tests {
    use retrovue_schedule::plan::ProgramFormat;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const NOON: UtcTime = UtcTime::from_millis(1_795_348_800_000);

    fn at(hours: i32) -> UtcTime {
        if hours < 0 { NOON.minus(HOUR * hours.unsigned_abs()) } else { NOON.plus(HOUR * hours.unsigned_abs()) }
    }

    fn listing(hours: &[(i32, i32)], from: i32, to: Option<i32>) -> Listing {
        let programme = |(start, end): &(i32, i32)| Programme {
            id: format!("{start}"),
            title: String::new(),
            subtitle: String::new(),
            start: at(*start),
            end: at(*end),
        };
        let list = hours.iter().map(programme).collect();
        let info = ChannelInfo {
            id: "id".to_owned(),
            slug: "classics".to_owned(),
            number: "2".to_owned(),
            name: "Classics".to_owned(),
            keep_warm: false,
            format: ProgramFormat::default(),
        };
        Listing { info, zone: TimeZone::UTC, programmes: Arc::new(Programmes { list, from: at(from), to: to.map(at) }) }
    }

    #[test]
    fn programmes_of_a_span_are_those_that_overlap_it() {
        let listing = listing(&[(-1, 0), (0, 1), (1, 3), (4, 5)], -6, None);
        let check = |from: i32, to: i32, expected: &[&str]| {
            let found: Vec<&str> =
                listing.between(at(from), at(to)).unwrap().iter().map(|programme| programme.id.as_str()).collect();
            assert_eq!(found, expected, "{from} to {to}");
        };
        check(0, 1, &["0"]);
        check(0, 2, &["0", "1"]);
        check(2, 2, &["1"]);
        check(3, 4, &[]);
        check(3, 3, &[]);
        check(-6, 9, &["-1", "0", "1", "4"]);
        check(7, 9, &[]);
    }

    #[test]
    fn what_is_not_held_is_not_answered() {
        let listing = listing(&[(0, 1), (1, 2)], -6, Some(2));
        assert!(listing.between(at(-6), at(2)).is_some());
        assert!(listing.between(at(-7), at(2)).is_none());
        assert!(listing.between(at(0), at(3)).is_none());
    }
}
