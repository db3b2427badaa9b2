//! How many channels this machine carries. What they cost is measured while they are on air; one more that would push
//! the machine past its budget is refused, before those that are on air suffer.

mod costs;
mod machine;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus::{Gauge, IntCounter, Registry};
use retrovue_pipeline::HouseFormat;

use costs::Costs;
use machine::{Look, Machine};

/// Between two looks at what was used, in nanoseconds.
const LOOK_EVERY_NS: i64 = 1_000_000_000;

/// A look that long ago tells nothing of now.
const LOOK_HOLDS_NS: i64 = 5_000_000_000;

/// Decides over channels that want to go on air.
pub(crate) struct Capacity {
    /// Of the machine's cores; none is no limit.
    share: Option<f64>,
    machine: Machine,
    /// Pixels a second of all channels on air.
    on_air: AtomicU64,
    watch: Mutex<Watch>,
    meters: Meters,
}

/// What was seen so far.
#[derive(Default)]
struct Watch {
    costs: Costs,
    last: Option<Look>,
    /// Cores that other processes take, over the last seconds.
    others: f64,
}

struct Meters {
    budget: Gauge,
    committed: Gauge,
    megapixel: Gauge,
    refused: IntCounter,
}

/// What a channel on air takes of the machine, until it is dropped.
pub(crate) struct Place {
    capacity: Arc<Capacity>,
    pixels: u64,
}

/// The room that there is, in cores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Room {
    /// What all channels together may take; infinite without a limit.
    pub(crate) budget: f64,
    /// What those on air take.
    pub(crate) taken: f64,
    /// What one more takes.
    pub(crate) wanted: f64,
    /// What they take was measured, and not guessed.
    pub(crate) measured: bool,
}

impl Room {
    /// Whether one more channel fits. The first one always does: it is shown as well as the machine can.
    pub(crate) fn fits(&self) -> bool {
        self.taken == 0.0 || self.taken + self.wanted <= self.budget
    }

    /// Whether it fits so easily that nobody notices how it begins.
    pub(crate) fn fits_easily(&self) -> bool {
        let alone = self.taken == 0.0 || self.budget.is_infinite();
        alone || (self.measured && self.taken + self.wanted <= self.budget / 2.0)
    }

    /// How many more fit.
    pub(crate) fn more(&self) -> f64 {
        let more = ((self.budget - self.taken) / self.wanted).floor().max(0.0);
        if self.taken == 0.0 { more.max(1.0) } else { more }
    }
}

impl Capacity {
    /// For channels that may take `percent` of the machine's cores.
    ///
    /// # Errors
    /// Where its series are there already.
    pub(crate) fn new(percent: Option<u32>, registry: &Registry) -> prometheus::Result<Arc<Self>> {
        let meters = Meters::new(registry)?;
        let share = percent.map(|percent| f64::from(percent) / 100.0);
        Ok(Arc::new(Self {
            share,
            machine: Machine::count(),
            on_air: AtomicU64::new(0),
            watch: Mutex::default(),
            meters,
        }))
    }

    /// The room for one more channel of `format`.
    pub(crate) fn room(&self, format: &HouseFormat) -> Room {
        let watch = self.watch();
        let (budget, taken) = self.standing(&watch);
        let costs = &watch.costs;
        Room { budget, taken, wanted: costs.cores(format.pixels_per_second()), measured: costs.are_measured() }
    }

    /// Takes what a channel of `format` needs, whether there is room or not.
    pub(crate) fn take(self: &Arc<Self>, format: &HouseFormat) -> Place {
        let pixels = format.pixels_per_second();
        self.on_air.fetch_add(pixels, Ordering::Relaxed);
        Place { capacity: Arc::clone(self), pixels }
    }

    /// A channel was refused.
    pub(crate) fn refused(&self) {
        self.meters.refused.inc();
    }

    /// Looks at what was used since the last look, once a second at most. To be called while channels are on air, by
    /// threads that wait for nobody.
    pub(crate) fn look(&self) {
        let Ok(mut watch) = self.watch.try_lock() else { return };
        let now_ns = retrovue_kit::clock::monotonic_ns();
        if watch.last.as_ref().is_some_and(|last| now_ns - last.at_ns < LOOK_EVERY_NS) {
            return;
        }
        let look = Look::take(now_ns);
        watch.observe(look, self.on_air.load(Ordering::Relaxed), self.machine.cores(0.0));
    }

    /// Brings its series up to date.
    pub(crate) fn show(&self) {
        let watch = self.watch();
        let (budget, taken) = self.standing(&watch);
        self.meters.budget.set(budget);
        self.meters.committed.set(taken);
        self.meters.megapixel.set(watch.costs.cores(1_000_000));
    }

    fn standing(&self, watch: &Watch) -> (f64, f64) {
        let budget = self.share.map_or(f64::INFINITY, |share| share * self.machine.cores(watch.others()));
        (budget, watch.costs.cores(self.on_air.load(Ordering::Relaxed)))
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Cores that other processes take, where that was seen a moment ago.
    fn others(&self) -> f64 {
        let age_ns = |look: &Look| retrovue_kit::clock::monotonic_ns() - look.at_ns;
        let is_fresh = self.last.as_ref().is_some_and(|last| age_ns(last) <= LOOK_HOLDS_NS);
        if is_fresh { self.others } else { 0.0 }
    }

    /// `expected` is the pixels a second of all channels on air, `cores` are what they may use.
    fn observe(&mut self, look: Look, expected: u64, cores: f64) {
        let Some(last) = self.last.replace(look) else { return };
        let seconds = (look.at_ns - last.at_ns) as f64 / 1e9;
        if look.at_ns - last.at_ns > LOOK_HOLDS_NS {
            return;
        }
        let used = (look.own_ns - last.own_ns) as f64 / 1e9;
        let coded = (look.coded_pixels - last.coded_pixels) as f64;
        // where little was coded with little, the time went into something else: slate, or files that do not open
        if coded >= expected as f64 * seconds / 2.0 || used >= cores * seconds / 2.0 {
            self.costs.observe(used, coded, seconds);
        }
        let busy = look.busy.zip(last.busy).map_or(0.0, |(now, then)| now - then);
        let others = (busy - used).max(0.0) / seconds;
        let weight = (seconds / (LOOK_HOLDS_NS as f64 / 1e9)).min(1.0);
        self.others += (others - self.others) * weight;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.capacity.on_air.fetch_sub(self.pixels, Ordering::Relaxed);
    }
}

impl Meters {
    fn new(registry: &Registry) -> prometheus::Result<Self> {
        let gauge = |name: &str, help: &str| {
            let gauge = Gauge::new(format!("retrovue_air_{name}"), help)?;
            registry.register(Box::new(gauge.clone())).map(|()| gauge)
        };
        let refused = IntCounter::new("retrovue_air_starts_refused_total", "Channels refused for want of room")?;
        registry.register(Box::new(refused.clone()))?;
        Ok(Self {
            budget: gauge("budget_cores", "What channels on air may take of the machine")?,
            committed: gauge("committed_cores", "What channels on air take of it, by what pictures cost")?,
            megapixel: gauge(
                "megapixel_cpu_seconds",
                "What a million pixels of the house format cost, decoded and coded",
            )?,
            refused,
        })
    }
}

#[cfg(test)]
mod tests {
    use retrovue_timeline::FrameRate;

    use super::*;

    fn house(width: u32, height: u32) -> HouseFormat {
        HouseFormat { width, height, frame_rate: FrameRate::HOUSE[2], video_kbps: 1000, audio_kbps: 128 }
    }

    fn room(budget: f64, taken: f64, wanted: f64) -> Room {
        Room { budget, taken, wanted, measured: true }
    }

    #[test]
    fn channels_fit_up_to_the_budget_and_the_first_always() {
        assert!(room(1.6, 0.0, 5.0).fits());
        assert!(room(1.6, 1.2, 0.4).fits());
        assert!(!room(1.6, 1.3, 0.4).fits());
        assert_eq!(room(1.6, 0.0, 5.0).more(), 1.0);
        assert_eq!(room(1.6, 0.5, 0.4).more(), 2.0);
        assert_eq!(room(1.6, 1.7, 0.4).more(), 0.0, "what was measured may be more than what was thought");
        assert!(room(f64::INFINITY, 9.0, 0.4).fits());
        assert_eq!(room(f64::INFINITY, 9.0, 0.4).more(), f64::INFINITY);
        assert!(room(1.6, 0.3, 0.4).fits_easily() && !room(1.6, 0.5, 0.4).fits_easily());
        assert!(!Room { measured: false, ..room(1.6, 0.3, 0.4) }.fits_easily());
    }

    #[test]
    fn a_channel_that_left_gives_its_room_back() {
        let capacity = Capacity::new(Some(50), &Registry::new()).unwrap();
        let before = capacity.room(&house(640, 360));
        let (small, large) = (capacity.take(&house(640, 360)), capacity.take(&house(1280, 720)));
        let both = capacity.room(&house(640, 360));
        assert_eq!(both.budget, before.budget);
        assert!((both.taken - 5.0 * both.wanted).abs() < 1e-9, "{both:?}");
        drop(large);
        assert!((capacity.room(&house(640, 360)).taken - both.wanted).abs() < 1e-9);
        drop(small);
        assert_eq!(capacity.room(&house(640, 360)), before);
    }

    #[test]
    fn what_was_used_while_little_was_coded_is_no_price_of_pictures() {
        const EXPECTED: u64 = 10_000_000;
        const CORES: f64 = 8.0;
        let look = |at_s: i64, own_s: f64, megapixels: u64, busy_s: f64| Look {
            at_ns: at_s * 1_000_000_000,
            own_ns: (own_s * 1e9) as i64,
            coded_pixels: megapixels * 1_000_000,
            busy: Some(busy_s),
        };
        let mut watch = Watch::default();
        let guessed = watch.costs.cores(1_000_000);
        watch.observe(look(0, 0.0, 0, 0.0), EXPECTED, CORES);
        watch.observe(look(1, 3.0, 4, 3.0), EXPECTED, CORES);
        assert_eq!(watch.costs.cores(1_000_000), guessed);
        watch.observe(look(2, 4.0, 54, 5.0), EXPECTED, CORES);
        assert!(watch.costs.cores(1_000_000) > guessed);
        assert!((watch.others - 0.2).abs() < 1e-9, "one core over a fifth of the time: {}", watch.others);
        let known = watch.costs.cores(1_000_000);
        watch.observe(look(60, 100.0, 900, 100.0), EXPECTED, CORES);
        assert_eq!(watch.costs.cores(1_000_000), known, "nothing was on air in between");
        watch.observe(look(61, 107.0, 902, 107.0), EXPECTED, CORES);
        assert!(watch.costs.cores(1_000_000) > known, "a machine that is at its end is busy with pictures");
    }
}
