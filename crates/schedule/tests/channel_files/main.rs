//! Channel files that nobody would write, and many that somebody might: whatever a file says, it is read or refused, with
//! problems that lie within it; and what is read can be planned.
//!
//! A case is its number: `FUZZ_CASES`, `FUZZ_SEED` and `FUZZ_FIRST` choose which, and a failure prints its file made small.

#![expect(clippy::unwrap_used, reason = "a test stops where its ground gives way")]

mod compiled;
mod dice;
mod grammar;
mod largest;
mod mutations;
mod shown;
mod smaller;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dice::Dice;
use retrovue_schedule::plan::MAX_FILE_BYTES;
use retrovue_schedule::{Asset, Plan, Problem, Severity};

/// A case that takes as long hangs, on any machine.
const HANGS: Duration = Duration::from_secs(120);

/// Whatever a file says, reading and planning it takes no more memory than this, with all threads together.
const MOST_MEMORY_KIB: u64 = 1024 * 1024;

#[test]
fn any_file_is_read_or_refused_and_planned() {
    let (cases, seed, first) = (chosen("FUZZ_CASES", 2500), chosen("FUZZ_SEED", 1989), chosen("FUZZ_FIRST", 0));
    let run = Run { shown: shown::files(), library: compiled::library(), seed };
    let (next, tally, began) = (AtomicU64::new(first), Tally::default(), now());
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= first + cases || tally.has_failed() {
                            return;
                        }
                        tally.begin(number);
                        let outcome = run.case(number);
                        tally.end(number, outcome);
                    }
                })
            })
            .collect();
        while workers.iter().any(|worker| !worker.is_finished()) {
            std::thread::park_timeout(Duration::from_millis(50));
            tally.look_for_hangs();
        }
    });
    let planned = tally.tell(cases, began.elapsed());
    assert!(planned * 10 > cases, "hardly any of these files is planned");
}

#[test]
fn files_without_end_are_read_or_refused() {
    // what is quadratic shows in a release build; a debug build is slow enough with less
    let size = if cfg!(debug_assertions) { MAX_FILE_BYTES / 16 } else { MAX_FILE_BYTES };
    let (run, tally) = (Run { shown: Vec::new(), library: compiled::library(), seed: 0 }, Tally::default());
    let (files, began) = (largest::files(size), now());
    for (number, (what, text)) in files.iter().enumerate() {
        tally.begin(number as u64);
        let outcome = run.outcome_of(text, 0);
        assert!(!matches!(outcome, Outcome::Failed(_)), "{what}");
        tally.end(number as u64, outcome);
    }
    tally.tell(files.len() as u64, began.elapsed());
}

struct Run {
    shown: Vec<String>,
    library: Vec<Asset>,
    seed: u64,
}

/// What came of a case.
enum Outcome {
    Refused,
    Planned,
    Failed(String),
}

impl Run {
    fn case(&self, number: u64) -> Outcome {
        let text = self.text(number);
        match self.outcome_of(&text, number) {
            Outcome::Failed(why) => {
                let small = smaller::smaller(&text, |text| matches!(self.outcome_of(text, number), Outcome::Failed(_)));
                Outcome::Failed(format!("{why}\n--- its file made small:\n{small}\n--- as it is quoted:\n{small:?}"))
            }
            outcome => outcome,
        }
    }

    /// The file of a case: a shown one that was changed, one made by the grammar, or such a one changed.
    fn text(&self, number: u64) -> String {
        let mut dice = Dice::of(self.seed, number);
        let [text, other] = [(); 2].map(|()| &self.shown[dice.roll(self.shown.len())]);
        match dice.roll(10) {
            0..=4 => mutations::mutate(text, other, &mut dice),
            5..=7 => grammar::file(&mut dice),
            _ => {
                let made = grammar::file(&mut dice);
                mutations::mutate(&made, other, &mut dice)
            }
        }
    }

    fn outcome_of(&self, text: &str, number: u64) -> Outcome {
        match catch_unwind(AssertUnwindSafe(|| self.check(text, number))) {
            Ok(true) => Outcome::Planned,
            Ok(false) => Outcome::Refused,
            Err(panic) => {
                let said = panic.downcast_ref::<String>().cloned();
                Outcome::Failed(
                    said.or_else(|| panic.downcast_ref::<&str>().map(|&said| said.to_owned())).unwrap_or_default(),
                )
            }
        }
    }

    /// Whether there is a plan for air.
    fn check(&self, text: &str, number: u64) -> bool {
        // what cannot go on air is planned all the same, to tell what it lacks
        let (plan, problems) = Plan::sketch(text);
        for problem in &problems {
            check_place(text, problem);
        }
        let is_refused = problems.iter().any(|problem| problem.severity == Severity::Error);
        assert!(is_refused || plan.is_some(), "no plan, and nothing is wrong");
        if let Some(plan) = plan {
            compiled::check(&plan, &self.library, number as usize);
        }
        !is_refused
    }
}

/// A problem is a sentence on one line, at a place that an editor can go to.
fn check_place(text: &str, problem: &Problem) {
    assert!(!problem.message.is_empty() && !problem.message.contains(['\n', '\r', '\u{1b}']), "{problem:?}");
    assert!(problem.message.len() < 1000 && problem.hint.len() < 2000, "{problem:?}");
    if (problem.line, problem.column) == (0, 0) {
        return;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let line = text.split(['\n', '\r']).nth((problem.line as usize).wrapping_sub(1));
    let line = line.unwrap_or_else(|| panic!("no such line: {problem:?}"));
    let columns = line.chars().count() + 1;
    assert!((1..=columns).contains(&(problem.column as usize)), "no such column of {columns}: {problem:?}");
}

/// What came of all cases so far.
#[derive(Default)]
struct Tally {
    planned: AtomicU64,
    failure: Mutex<Option<String>>,
    slowest: Mutex<(Duration, u64)>,
    running: Mutex<Vec<(u64, Instant)>>,
}

impl Tally {
    fn begin(&self, number: u64) {
        self.running.lock().unwrap().push((number, now()));
    }

    fn end(&self, number: u64, outcome: Outcome) {
        let mut running = self.running.lock().unwrap();
        let at = running.iter().position(|(other, _)| *other == number).unwrap();
        let took = running.swap_remove(at).1.elapsed();
        let mut slowest = self.slowest.lock().unwrap();
        *slowest = (*slowest).max((took, number));
        match outcome {
            Outcome::Planned => drop(self.planned.fetch_add(1, Ordering::Relaxed)),
            Outcome::Refused => {}
            Outcome::Failed(why) => drop(self.failure.lock().unwrap().get_or_insert(format!("case {number}: {why}"))),
        }
    }

    fn has_failed(&self) -> bool {
        self.failure.lock().unwrap().is_some()
    }

    fn look_for_hangs(&self) {
        let running = self.running.lock().unwrap();
        if let Some((number, _)) = running.iter().find(|(_, since)| since.elapsed() > HANGS) {
            eprintln!("case {number} hangs");
            std::process::abort();
        }
    }

    /// How many were planned.
    fn tell(self, cases: u64, took: Duration) -> u64 {
        if let Some(why) = self.failure.into_inner().unwrap() {
            panic!("{why}");
        }
        let planned = self.planned.into_inner();
        let ((slowest, number), memory) = (self.slowest.into_inner().unwrap(), most_memory_kib());
        println!(
            "{cases} cases in {:.1} s, {:.0} a second, {} of them planned; the slowest is {number} with {} ms; {} MiB at most",
            took.as_secs_f64(),
            cases as f64 / took.as_secs_f64(),
            planned,
            slowest.as_millis(),
            memory / 1024
        );
        assert!(memory < MOST_MEMORY_KIB, "{memory} KiB");
        planned
    }
}

/// The most memory that this process had so far.
fn most_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn chosen(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "what is measured is this test and no channel")]
fn now() -> Instant {
    Instant::now()
}
