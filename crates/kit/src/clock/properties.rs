//! What holds of MasterClock whatever becomes of the system's clock.

use proptest::prelude::*;

use super::discipline::{
    Discipline, LARGEST_SLEW, LONGEST_WAIT, Look, NEVER_BEFORE, SLEW_PPM, Standing, Turn, WAIT_PPM,
};
use super::{Course, UtcTime};

const SECOND: i64 = 1_000_000_000;
const MILLI: i64 = 1_000_000;

/// When every world begins: an instant of this century, and a machine that was up for an hour.
const BEGIN: UtcTime = UtcTime::from_millis(1_795_377_600_000);
const BOOTED: i64 = 3600 * SECOND;

/// As long as the longest slew takes, and some more.
const SETTLED: usize = 4200;

/// A machine whose clocks are moved by hand.
struct World {
    monotonic_ns: i64,
    /// The system's clock minus CLOCK_MONOTONIC.
    system_ns: i64,
    course: Course,
    discipline: Discipline,
    held: bool,
    adopted: usize,
}

impl World {
    fn new() -> Self {
        Self {
            monotonic_ns: BOOTED,
            system_ns: BEGIN.nanos() - BOOTED,
            course: Course::steady(BEGIN, BOOTED),
            discipline: Discipline::new(0),
            held: true,
            adopted: 0,
        }
    }

    /// A second goes by, and the look after it is off by so much.
    fn second(&mut self, noise_ns: i64) {
        self.monotonic_ns += SECOND;
        let system = UtcTime::from_nanos(self.monotonic_ns + self.system_ns + noise_ns);
        let look = Look { monotonic_ns: self.monotonic_ns, system };
        let before = self.now();
        match self.discipline.observe(look, self.monotonic_ns, self.course, self.held) {
            Some(Turn::Steer(course)) => {
                self.course = course;
                assert_eq!(self.now(), before, "a turn begins where MasterClock is");
            }
            Some(Turn::Adopt(course)) => {
                assert!(!self.held, "no step is taken over while something is on air");
                (self.course, self.adopted) = (course, self.adopted + 1);
            }
            None => {}
        }
    }

    fn seconds(&mut self, count: usize) {
        (0..count).for_each(|_| self.second(0));
    }

    fn step(&mut self, by_ns: i64) {
        self.system_ns += by_ns;
    }

    fn now(&self) -> UtcTime {
        self.course.utc_at(self.monotonic_ns)
    }

    fn standing(&self) -> Standing {
        self.discipline.standing(self.course)
    }

    /// How far the system's clock is ahead of MasterClock.
    fn away_ns(&self) -> i64 {
        self.monotonic_ns + self.system_ns - self.now().nanos()
    }
}

/// What becomes of a machine: seconds that go by with their noise, steps, and whether something is on air.
#[derive(Clone, Debug)]
enum Event {
    Seconds(usize, i64),
    Step(i64),
    Held(bool),
}

fn events(largest_step_ns: i64) -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => (1..400_usize, -2 * MILLI..2 * MILLI).prop_map(|(count, noise)| Event::Seconds(count, noise)),
        2 => (-largest_step_ns..largest_step_ns).prop_map(Event::Step),
        1 => any::<bool>().prop_map(Event::Held),
    ];
    proptest::collection::vec(event, 1..24)
}

proptest! {
    #[test]
    fn on_air_it_goes_at_its_rate_and_never_backwards(events in events(4 * 3600 * SECOND)) {
        let mut world = World::new();
        for event in events {
            match event {
                Event::Step(by_ns) => world.step(by_ns),
                Event::Held(_) => {}
                Event::Seconds(count, noise_ns) => for at in 0..count {
                    let (before, noise_ns) = (world.now().nanos(), if at % 3 == 0 { noise_ns } else { -noise_ns });
                    world.second(noise_ns);
                    let gained = world.now().nanos() - before - SECOND;
                    prop_assert!(gained.abs() <= SECOND / MILLI * i64::from(SLEW_PPM) + 1, "{gained} ns in a second");
                },
            }
        }
    }

    #[test]
    fn whatever_happens_it_never_goes_backwards_by_itself(events in events(4 * 3600 * SECOND)) {
        let mut world = World::new();
        for event in events {
            match event {
                Event::Step(by_ns) => world.step(by_ns),
                Event::Held(held) => world.held = held,
                Event::Seconds(count, noise_ns) => for _ in 0..count {
                    let before = world.now().nanos();
                    world.second(noise_ns);
                    let least = SECOND / MILLI * (MILLI - i64::from(WAIT_PPM)) - 1;
                    prop_assert!(world.now().nanos() - before >= least, "it stands still");
                },
            }
        }
    }

    #[test]
    fn small_steps_are_slewed_in_whatever_their_order(events in events(SECOND / 4)) {
        let mut world = World::new();
        for event in events {
            match event {
                Event::Step(by_ns) if (world.away_ns() + by_ns).abs() < 2 * SECOND => world.step(by_ns),
                Event::Seconds(count, noise_ns) => (0..count).for_each(|_| world.second(noise_ns)),
                Event::Step(_) | Event::Held(_) => {}
            }
        }
        world.seconds(SETTLED);
        prop_assert!(world.away_ns().abs() <= 20 * MILLI, "{} ns away", world.away_ns());
        prop_assert_eq!((world.standing(), world.adopted), (Standing::InStep, 0));
    }

    #[test]
    fn noise_moves_nothing(noise in proptest::collection::vec(-4 * MILLI..4 * MILLI, 1..200)) {
        let mut world = World::new();
        let course = world.course;
        noise.into_iter().for_each(|noise_ns| world.second(noise_ns));
        prop_assert_eq!(world.course, course);
    }
}

#[test]
fn a_large_step_waits_while_something_is_on_air_and_is_taken_over_after() {
    let mut world = World::new();
    let course = world.course;
    world.step(3600 * SECOND);
    world.seconds(600);
    assert_eq!((world.course, world.standing()), (course, Standing::StepWaits));
    world.held = false;
    world.seconds(1);
    assert_eq!((world.away_ns(), world.adopted, world.standing()), (0, 1, Standing::InStep));
}

#[test]
fn a_step_that_is_taken_back_was_none() {
    let mut world = World::new();
    world.held = false;
    let course = world.course;
    for step in [3600, -3600, 9, -9] {
        world.step(step * SECOND);
        world.seconds(3);
    }
    world.seconds(30);
    assert_eq!((world.course, world.adopted), (course, 0));
}

#[test]
fn nothing_on_air_it_waits_for_a_clock_that_was_set_back_and_runs_as_soon_as_something_is() {
    let mut world = World::new();
    world.held = false;
    world.step(-600 * SECOND);
    world.seconds(5);
    assert_eq!(world.standing(), Standing::Waiting);
    world.seconds(600);
    assert_eq!(world.away_ns(), -300 * SECOND);
    // a session begins
    world.course = world.course.straightened(world.monotonic_ns);
    world.held = true;
    world.seconds(100);
    assert_eq!((world.away_ns(), world.standing()), (-300 * SECOND, Standing::StepWaits));
    world.held = false;
    world.seconds(700);
    assert_eq!((world.away_ns(), world.standing(), world.adopted), (0, Standing::InStep, 0));
}

#[test]
fn what_lies_far_back_is_an_operators_to_decide() {
    let mut world = World::new();
    world.held = false;
    world.step(-2 * i64::try_from(LONGEST_WAIT.as_nanos()).unwrap());
    let course = world.course;
    world.seconds(3600);
    assert_eq!((world.course, world.standing()), (course, Standing::StepBackWaits));
    let system = UtcTime::from_nanos(world.monotonic_ns + world.system_ns);
    let look = Look { monotonic_ns: world.monotonic_ns, system };
    let adopted = world.discipline.adopt(look, world.monotonic_ns, world.course).unwrap().unwrap();
    assert_eq!(adopted.utc_at(world.monotonic_ns), system);
    assert_eq!(world.discipline.adopt(look, world.monotonic_ns, adopted), Ok(None), "it is in step");
}

#[test]
fn a_box_without_a_clock_goes_on_from_where_it_starts_until_its_clock_is_set() {
    let mut world = World::new();
    world.held = false;
    world.system_ns = -BOOTED;
    let course = world.course;
    world.seconds(300);
    assert_eq!((world.course, world.standing()), (course, Standing::Unset));
    let look = Look { monotonic_ns: world.monotonic_ns, system: UtcTime::EPOCH };
    assert!(world.discipline.adopt(look, world.monotonic_ns, course).is_err());
    world.step(BEGIN.nanos() + 7200 * SECOND);
    world.seconds(5);
    assert_eq!((world.away_ns(), world.adopted), (0, 1));
}

#[test]
fn the_edge_between_a_slew_and_a_step_is_two_seconds() {
    for (millis, standing) in [(2000, Standing::Slewing), (-2000, Standing::Slewing), (2100, Standing::StepWaits)] {
        let mut world = World::new();
        world.step(millis * MILLI);
        world.seconds(10);
        assert_eq!(world.standing(), standing, "{millis} ms");
        let far = world.away_ns().unsigned_abs() > u64::try_from(LARGEST_SLEW.as_nanos()).unwrap();
        assert_eq!(far, standing == Standing::StepWaits);
    }
}

#[test]
fn a_rehearsal_keeps_its_distance() {
    let mut world = World::new();
    world.held = false;
    world.discipline = Discipline::new(86_400 * SECOND);
    world.course = Course::steady(UtcTime::from_nanos(BEGIN.nanos() + 86_400 * SECOND), BOOTED);
    world.seconds(60);
    assert_eq!((world.away_ns(), world.adopted), (-86_400 * SECOND, 0));
    world.step(5 * SECOND);
    world.seconds(10);
    assert_eq!((world.away_ns(), world.adopted), (-86_400 * SECOND, 1));
}

#[test]
fn drift_is_told_once_it_can_be_known() {
    let mut world = World::new();
    assert_eq!(world.discipline.drift_ppm(), 0.0);
    for _ in 0..120 {
        world.step(20_000);
        world.second(0);
    }
    assert!((world.discipline.drift_ppm() - 20.0).abs() < 0.01, "{}", world.discipline.drift_ppm());
    world.step(SECOND);
    world.seconds(1);
    assert_eq!(world.discipline.drift_ppm(), 0.0, "a step is none");
}

#[test]
fn no_clock_of_today_was_never_set() {
    assert!(NEVER_BEFORE < BEGIN);
    assert_eq!(NEVER_BEFORE, super::parse_utc("2026-01-01T00:00:00Z").unwrap());
}
