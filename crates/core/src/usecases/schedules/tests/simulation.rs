//! Days of a network in steps of five minutes, with edits, new episodes, losses, refused files, restarts and sleep: it
//! has no gap, nothing frozen changes, no episode is lost, and guides agree with what is on air.
//!
//! `SIMULATED_CHANNELS`, `SIMULATED_DAYS` and `SIMULATED_SEED` choose how many, how long, and what goes wrong when.

mod network;
mod orders;
mod spots;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use network::Station;
use orders::Lasting;
use retrovue_kit::clock::monotonic_ns;
use retrovue_store::schedules::StoredEvent;
use watch::{FRAME, Watch};

use super::super::ScheduleChange;
use super::super::drafts::FOR_EVER;
use super::*;

const STEP: Duration = Duration::from_secs(300);

const STEPS_A_DAY: u64 = 288;

/// Of each pool, how many titles may vanish.
const FRAGILE: usize = 3;

/// The pools whose orders are watched.
const POOLS: [(&str, &str); 7] = [
    ("alpha", "Alpha"),
    ("beta", "Beta"),
    ("gamma", "Gamma"),
    ("delta", "Delta"),
    ("films", "Film"),
    ("clips", "Clip"),
    ("spots", "Spot"),
];

#[test]
fn simulated_days_have_no_gap_and_lose_nothing() {
    let (channels, days, seed) =
        (chosen("SIMULATED_CHANNELS", 8), chosen("SIMULATED_DAYS", 4), chosen("SIMULATED_SEED", 1989));
    let began = monotonic_ns();
    let mut simulation = Simulation::new(channels as usize, days, seed);
    for step in 1..=days * STEPS_A_DAY {
        simulation.step(step);
    }
    let tally = simulation.end();
    println!(
        "{channels} channels, {days} days, seed {seed}, {} s: {tally:?}",
        (monotonic_ns() - began) / 1_000_000_000
    );
}

fn chosen(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[derive(Debug, Default)]
struct Tally {
    edits: u32,
    at_once: u32,
    rebuilt: u32,
    refused: u32,
    new: u32,
    lost: u32,
    returned: u32,
    removed: u32,
    restarts: u32,
    sleeps: u32,
    guides: u32,
    items: usize,
    spots: usize,
    /// Of these, against a rule.
    broken: usize,
}

struct Channel {
    station: Station,
    watch: Watch,
    /// The step at which it comes back, where it is off the network.
    back: Option<u64>,
}

impl Channel {
    fn rebuild(&mut self, service: &ScheduleService, at_once: bool) {
        let slug = self.station.slug.clone();
        let rebuild = |service: &ScheduleService| {
            service.rebuild(&slug, None, at_once, false).unwrap();
        };
        match at_once {
            true => self.watch.give_way(service, rebuild),
            false => rebuild(service),
        }
    }

    fn apply_now(&mut self, service: &ScheduleService, file: AppliedFile) {
        self.watch.give_way(service, |service| {
            service.apply_now(&[file], false).unwrap();
        });
    }
}

struct Simulation {
    network: Network,
    changes: tokio::sync::broadcast::Receiver<ScheduleChange>,
    dice: Dice,
    channels: Vec<Channel>,
    source: String,
    ids: BTreeMap<PathBuf, String>,
    lost: BTreeSet<PathBuf>,
    /// New episodes, each with the step at which it came.
    new: Vec<(u64, String)>,
    days_ahead: u32,
    days: u64,
    tally: Tally,
}

impl Simulation {
    fn new(channels: usize, days: u64, seed: u64) -> Self {
        let days_ahead = if days < 20 { 3 } else { 14 };
        let network = Network::looking_ahead(days_ahead);
        let source = network.add_source("library");
        let ids = network.add_titles(&source, &network::library());
        let changes = network.service.changes();
        let stations = (0..channels).map(Station::nth);
        let channels = stations.map(|station| {
            let watch = Watch::new(&station.slug, NOW);
            Channel { station, watch, back: None }
        });
        let channels = channels.collect();
        let mut simulation = Self {
            network,
            changes,
            dice: Dice(seed),
            channels,
            source,
            ids,
            lost: BTreeSet::new(),
            new: Vec::new(),
            days_ahead,
            days,
            tally: Tally::default(),
        };
        for channel in &simulation.channels {
            simulation.apply(&channel.station);
        }
        simulation.look(|_| true);
        simulation
    }

    fn now(&self) -> UtcTime {
        self.network.clock.now()
    }

    fn step(&mut self, step: u64) {
        self.network.clock.advance(STEP);
        self.disturb(step);
        self.network.service.roll(self.now());
        let changed = self.changed();
        self.look(|slug| changed.contains(slug));
        if step.is_multiple_of(12) {
            self.look(|_| true);
            self.hold_guides();
        }
        if step.is_multiple_of(72) {
            let now = self.now();
            for channel in self.channels.iter().filter(|channel| channel.back.is_none()) {
                channel.watch.look_ahead(&self.network.service, now, self.days_ahead);
            }
        }
    }

    fn disturb(&mut self, step: u64) {
        for at in 0..self.channels.len() {
            if self.channels[at].back.is_some_and(|back| back <= step) {
                self.channels[at].back = None;
                self.apply(&self.channels[at].station);
            }
        }
        let any = usize::try_from(self.dice.roll(self.channels.len() as u64)).unwrap();
        let live = self.channels[any].back.is_none();
        let (slug, now) = (&self.channels[any].station.slug, self.now());
        // read where a promise was not kept
        let tell = |what: &str| println!("{now:?} {slug} {what}");
        match self.dice.roll(STEPS_A_DAY) {
            0..12 if live => {
                let edited = self.channels[any].station.edited(self.dice.roll(8));
                tell(&format!("becomes {edited:?}"));
                self.channels[any].station = edited;
                self.apply(&self.channels[any].station);
                self.tally.edits += 1;
            }
            12 => {
                tell("new episode");
                self.add_an_episode(step);
            }
            13..15 => {
                tell("lost title");
                self.lose_a_title();
            }
            15 => {
                tell("found titles");
                self.find_all_titles();
            }
            16..18 => self.refuse(any),
            18 if live => {
                tell("removed");
                self.network.service.remove(&self.channels[any].station.slug, false).unwrap();
                self.channels[any].back = Some(step + 12 + self.dice.roll(300));
                self.tally.removed += 1;
            }
            19 => {
                tell("restart");
                self.network.restart();
                self.changes = self.network.service.changes();
                self.tally.restarts += 1;
            }
            21..23 if live => {
                let at_once = self.dice.roll(2) == 0;
                tell(if at_once { "rebuilt at once" } else { "rebuilt" });
                self.channels[any].rebuild(&self.network.service, at_once);
                self.tally.rebuilt += 1;
            }
            23..25 if live => {
                let edited = self.channels[any].station.edited(self.dice.roll(8));
                tell(&format!("becomes {edited:?} at once"));
                let file = edited.file(self.film());
                self.channels[any].station = edited;
                self.channels[any].apply_now(&self.network.service, file);
                self.tally.at_once += 1;
            }
            20 => {
                tell("sleep");
                self.network.clock.advance(HOUR * 3);
                self.tally.sleeps += 1;
            }
            _ => {}
        }
    }

    fn film(&self) -> &str {
        &self.ids[&Title::single(MediaType::Movie, "Film", 0, 0).path]
    }

    fn apply(&self, station: &Station) {
        let applied = self.network.service.apply(&[station.file(self.film())], false);
        applied.unwrap_or_else(|failure| panic!("{failure}: {}", failure.details));
    }

    /// A file that does not hold takes the one beside it along, and neither changes anything.
    fn refuse(&mut self, at: usize) {
        let station = &self.channels[at].station;
        let mut torn = station.file(self.film());
        torn.text = torn.text.replace("match: { series: Alpha }", "match: { serie: Alpha }");
        let good = Station::nth(90).file(self.film());
        let before = self.network.service.list().unwrap();
        let refused = self.network.service.apply(&[good, torn], false).unwrap_err();
        assert_eq!(refused.code, "channel_file_invalid");
        assert_eq!(self.network.service.list().unwrap(), before);
        self.tally.refused += 1;
    }

    fn add_an_episode(&mut self, step: u64) {
        let title = Title::episode("Alpha", 4, self.tally.new + 1, 1300);
        let added = self.network.add_titles(&self.source, std::slice::from_ref(&title));
        self.new.push((step, added[&title.path].clone()));
        self.tally.new += 1;
        self.network.service.refill(self.now());
    }

    fn lose_a_title(&mut self) {
        let titles = network::library();
        let (_, name) = POOLS[usize::try_from(self.dice.roll(POOLS.len() as u64)).unwrap()];
        let fragile: Vec<&Title> = titles.iter().filter(|title| title.is_of(name) && title.is_fragile()).collect();
        let title = fragile[usize::try_from(self.dice.roll(fragile.len() as u64)).unwrap()];
        if self.lost.insert(title.path.clone()) {
            let change = Change::Vanish { id: self.ids[&title.path].clone() };
            self.network.store().change_assets(&self.source, &[change], self.now()).unwrap();
            self.tally.lost += 1;
            self.network.service.refill(self.now());
            self.hold_that_nothing_lost_is_planned();
        }
    }

    fn find_all_titles(&mut self) {
        let titles = network::library();
        let found: Vec<Title> = titles.into_iter().filter(|title| self.lost.contains(&title.path)).collect();
        let moved = found.iter().map(|title| Change::Move {
            id: self.ids[&title.path].clone(),
            file: title.file(),
            collection: everything(),
            layers: title.layers(),
        });
        self.network.store().change_assets(&self.source, &moved.collect::<Vec<_>>(), self.now()).unwrap();
        self.tally.returned += u32::try_from(self.lost.len()).unwrap();
        self.lost.clear();
        self.network.service.refill(self.now());
    }

    /// What is not locked is replaced at once.
    fn hold_that_nothing_lost_is_planned(&self) {
        let desk = &self.network.service.desk;
        let lost: BTreeSet<&String> = self.lost.iter().map(|path| &self.ids[path]).collect();
        for channel in self.channels.iter().filter(|channel| channel.back.is_none()) {
            let subject = desk.subject(&channel.station.slug).unwrap();
            let Some(locked) = desk.locked_until(&subject.channel.id, self.now()).unwrap() else { continue };
            for stored in desk.store.schedule_items(&subject.channel.id, locked, UtcTime::from_nanos(i64::MAX)).unwrap()
            {
                let is_lost = stored.item.asset_id.as_ref().is_some_and(|id| lost.contains(id));
                assert!(!is_lost || stored.item.start < locked, "{}: {:#?}", channel.station.slug, stored.item);
            }
            // without filler, nothing may be left that could be shown instead
            if subject.plan.fallback.is_empty() {
                continue;
            }
            let rate = subject.plan.format.frame_rate;
            for StoredEvent { event, .. } in desk.events(&subject, locked, FOR_EVER).unwrap() {
                let is_lost = event.asset_id.as_ref().is_some_and(|id| lost.contains(id));
                assert!(!is_lost || rate.start_of(event.start_frame) < locked, "{}: {event:#?}", channel.station.slug);
            }
        }
    }

    fn changed(&mut self) -> BTreeSet<String> {
        let mut changed = BTreeSet::new();
        loop {
            match self.changes.try_recv() {
                Ok(ScheduleChange::Playlog { slug }) => {
                    changed.insert(slug);
                }
                Ok(ScheduleChange::Channels) => {}
                Err(tokio::sync::broadcast::error::TryRecvError::Lagged(_)) => {
                    changed.extend(self.channels.iter().map(|channel| channel.station.slug.clone()));
                }
                Err(_) => return changed,
            }
        }
    }

    fn look(&mut self, chosen: impl Fn(&str) -> bool) {
        let now = self.now();
        for channel in self.channels.iter_mut().filter(|channel| channel.back.is_none()) {
            if chosen(&channel.station.slug) {
                channel.watch.look(&self.network.service, now);
            }
        }
    }

    /// What guides show as on is what is on air.
    fn hold_guides(&mut self) {
        // at another rate, what began just now has a frame to go
        let (service, now) = (&self.network.service, self.now().plus(FRAME));
        for channel in self.channels.iter().filter(|channel| channel.back.is_none()) {
            let slug = &channel.station.slug;
            let told = service.now_next(slug, now).unwrap().now;
            let on_air =
                service.playlog(slug, Some(now), Some(now.plus(Duration::from_nanos(1)))).unwrap().events.remove(0);
            let is_programme = on_air.kind == "programme" && !on_air.rule.starts_with("fallback");
            match told {
                Some(programme) if is_programme => assert_eq!(programme.id, on_air.block_id, "{slug}"),
                Some(programme) => assert!(programme.start <= now && now < programme.end, "{slug}"),
                None => assert!(!is_programme, "{slug}: {on_air:?}"),
            }
            self.tally.guides += 1;
        }
    }

    /// Holds all that was shown against the orders.
    fn end(mut self) -> Tally {
        let titles = network::library();
        let lasting = POOLS.map(|(pool, name)| {
            let of_pool = titles.iter().filter(|title| title.is_of(name) && !title.is_fragile());
            (pool, of_pool.map(|title| (self.ids[&title.path].clone(), title.clone())).collect())
        });
        let lasting = Lasting(lasting.into());
        for Channel { station, watch, .. } in &self.channels {
            for (pool, _) in POOLS.iter().filter(|(pool, _)| !station.passes_over(pool)) {
                orders::hold(&station.slug, &watch.aired, pool, &lasting);
            }
            orders::take_turns(&station.slug, &watch.aired);
            let shown: BTreeSet<_> = watch.aired.iter().filter_map(|item| item.asset_id.as_ref()).collect();
            // a round of it takes less than a day
            let due = self.days.saturating_sub(u64::from(self.days_ahead) + 3) * STEPS_A_DAY;
            for (_, id) in self.new.iter().filter(|(step, _)| station.goes_round_alpha() && *step < due) {
                assert!(shown.contains(id), "{}: a new episode is lost", station.slug);
            }
            self.tally.items += watch.aired.len();
            self.tally.spots += watch.spots.count;
            self.tally.broken += watch.spots.broken;
        }
        self.tally
    }
}
