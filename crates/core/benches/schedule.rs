//! How long planning takes: a day of one channel from a large pool, by each order, its breaks, and all days ahead of a
//! whole network.
//!
//! `just bench schedule [CHANNELS]`

use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use retrovue_kit::clock::monotonic_ns;
use retrovue_schedule::day::Pools;
use retrovue_schedule::playlog::{self, Plays, Source};
use retrovue_schedule::{Asset, DayStart, Kind, MediaType, Plan, ScheduleDay};

/// What the product is designed for.
const ASSETS: u32 = 100_000;
const CHANNELS: u32 = 1000;
const DAYS: i64 = 14;

/// Of one pool.
const POOL: usize = 10_000;

/// Compiled for one figure.
const ROUNDS: i64 = 60;

const ORDERS: [&str; 7] =
    ["sequential", "shuffle", "random, no_repeat: 100", "rotate", "weighted", "marathon", "newest"];

fn main() -> Result<()> {
    // cargo bench hands on its own options as well
    let channels = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(CHANNELS);
    let library: Vec<Asset> = (0..ASSETS).map(asset).collect();
    for order in ORDERS {
        one_channel(&library[..POOL], order)?;
    }
    breaks(&library[..POOL])?;
    for channels in [channels / 10, channels] {
        network(&library, channels)?;
    }
    Ok(())
}

/// Of 400 series; one in ten is a film.
fn asset(number: u32) -> Asset {
    let (series, episode) = (number % 400, number / 400);
    let is_film = number % 10 == 9;
    Asset {
        id: format!("0192f0c4-0000-7000-8000-{number:012}"),
        kind: Kind::Programme,
        media_type: if is_film { MediaType::Movie } else { MediaType::Episode },
        title: format!("Title {number}"),
        series: (!is_film).then(|| format!("Series {series}")),
        season: (!is_film).then_some(episode / 25 + 1),
        episode: (!is_film).then_some(episode % 25 + 1),
        year: Some(1950 + number % 75),
        aired: None,
        genres: vec![["Comedy", "Drama", "Crime", "Western"][number as usize % 4].to_owned()],
        rating: None,
        tags: Vec::new(),
        duration_ns: if is_film { 5_700_000_000_000 } else { 1_320_000_000_000 },
        chapters: vec![300_000_000_000, 700_000_000_000, 1_000_000_000_000],
        breaks: Vec::new(),
        path: format!("/media/{}/{number}.mkv", number % 400),
    }
}

fn one_channel(library: &[Asset], order: &str) -> Result<()> {
    let text = format!(
        "channel: c\npools: {{ all: {{ match: {{}} }} }}\nschedule: {{ all: [{{ at: \"06:00\", play: all, order: {order} }}] }}"
    );
    let plan = read(&text)?;
    let began = monotonic_ns();
    let (pools, _) = Pools::fill(&plan, library);
    let filled = monotonic_ns();
    let items: usize = days(&pools, ROUNDS).iter().map(|day| day.items.len()).sum();
    let days_ms = ms(monotonic_ns() - filled) / ROUNDS as f64;
    println!(
        "{order:<24} {days_ms:.2} ms a day of {} items, from a pool of {POOL} that takes {:.1} ms to fill",
        items / ROUNDS as usize,
        ms(filled - began)
    );
    Ok(())
}

/// Of spots of all lengths, under rules.
fn breaks(programmes: &[Asset]) -> Result<()> {
    const SPOTS: u32 = 2000;
    let spot = |number: u32| Asset {
        id: format!("spot {number}"),
        kind: Kind::Commercial,
        duration_ns: i64::from(10 + number % 35) * 1_000_000_000,
        ..asset(number)
    };
    let library: Vec<Asset> = programmes.iter().cloned().chain((0..SPOTS).map(spot)).collect();
    let text = "channel: c\npools: { all: { match: { type: episode } }, spots: { match: { kind: commercial } } }\n\
                schedule: { all: [{ at: \"06:00\", play: all }] }\n\
                breaks: { pod: [ spots… ] }\ntraffic: { cooldown: { commercial: 1h }, per_day: { commercial: 3 } }";
    let plan = read(text)?;
    let (pools, _) = Pools::fill(&plan, &library);
    let days = days(&pools, 7);
    let began = monotonic_ns();
    let events: usize = days.iter().map(|day| cut(&plan, &library, day)).sum();
    let took_ms = ms(monotonic_ns() - began) / days.len() as f64;
    println!("breaks {took_ms:>22.2} ms a day of {} events, from {SPOTS} spots", events / days.len());
    Ok(())
}

fn network(library: &[Asset], channels: u32) -> Result<()> {
    let began = monotonic_ns();
    let (mut items, mut filling) = (0, 0);
    for number in 0..channels {
        let plan = read(&channel_file(number))?;
        let before = monotonic_ns();
        let (pools, _) = Pools::fill(&plan, library);
        filling += monotonic_ns() - before;
        items += days(&pools, DAYS).iter().map(|day| cut(&plan, library, day)).sum::<usize>();
    }
    let took_ms = ms(monotonic_ns() - began);
    println!(
        "{channels} channels, {DAYS} days, {ASSETS} assets: {:.1} s ({:.1} s of it filling pools), {:.2} ms a channel-day, {items} items, {} MB at most",
        took_ms / 1000.0,
        ms(filling) / 1000.0,
        took_ms / (f64::from(channels) * DAYS as f64),
        peak_mb()?
    );
    Ok(())
}

/// A mixed channel: series by day, films at night, shuffled comedies, its weekends apart.
fn channel_file(number: u32) -> String {
    let series = |at: u32| format!("\"Series {}\"", (number * 7 + at) % 400);
    let first_year = 1950 + number % 60;
    format!(
        "channel: channel-{number}
pools:
  day: {{ match: {{ series: [{}, {}, {}] }} }}
  films: {{ match: {{ type: movie, year: {first_year}..{} }} }}
  comedy: {{ match: {{ genres: Comedy, type: episode, year: {first_year}..{} }} }}
schedule:
  all:
    - {{ at: \"06:00\", until: \"18:00\", play: day }}
    - {{ at: \"18:00\", until: \"20:00\", play: comedy, order: shuffle }}
    - {{ at: \"20:00\", until: \"00:00\", play: films, order: shuffle }}
    - {{ at: \"00:00\", until: \"06:00\", play: [day, comedy], order: rotate }}
  weekends:
    - {{ at: \"10:00\", for: 6h, play: films, order: marathon }}
",
        series(0),
        series(1),
        series(2),
        first_year + 15,
        first_year + 15
    )
}

/// So many days on end.
fn days(pools: &Pools<'_>, days: i64) -> Vec<ScheduleDay> {
    const FIRST: Date = date(2026, 11, 22);
    let mut start = DayStart::default();
    let compiled = (0..days).map(|day| {
        let (day, next, _) = pools.compile(&TimeZone::UTC, FIRST.saturating_add(day.days()), &start);
        start = next;
        day
    });
    compiled.collect()
}

/// Cuts a day to events, and tells how many they are.
fn cut(plan: &Plan, library: &[Asset], day: &ScheduleDay) -> usize {
    let number = |id: &str| id.rsplit('-').next().and_then(|number| number.parse::<usize>().ok());
    let shown = day.items.iter().filter_map(|item| library.get(number(item.asset_id.as_deref()?)?).cloned());
    let shown: Vec<Asset> = shown.collect();
    let source = Source { plan, zone: &TimeZone::UTC, library, shown: &shown };
    playlog::compile(&source, &day.items, Plays::default()).0.len()
}

fn read(text: &str) -> Result<Plan> {
    let (plan, problems) = Plan::read(text);
    plan.with_context(|| format!("{problems:?}"))
}

fn ms(nanos: i64) -> f64 {
    nanos as f64 / 1e6
}

/// Of this process.
fn peak_mb() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<u64>().ok());
    Ok(peak.context("no VmHWM in /proc/self/status")? / 1024)
}
