//! The channel file as a whole.

use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZoneDatabase;
use retrovue_timeline::FrameRate;

use super::fields::{Fields, list_up_to, named, parsed, quoted, text};
use super::slot::{MOST_POOLS_OF_SLOT, Names, choose, read_schedule};
use super::template::Templates;
use super::tree::Node;
use super::{Plan, ProgramFormat, Traffic, branding, breaks, off_air, pool, scalar, traffic, wheel, words};
use crate::chance;
use crate::problem::Problem;

const SIZES: std::ops::RangeInclusive<u32> = 16..=4096;
pub(super) const VIDEO_KBPS: std::ops::RangeInclusive<u32> = 100..=50_000;
pub(super) const AUDIO_KBPS: std::ops::RangeInclusive<u32> = 32..=512;
pub(super) const LONGEST_NAME: usize = 100;
const MOST_LANGUAGES: usize = 100;

/// Whatever can be read, with a problem for whatever cannot.
pub(super) fn read(root: &Node, problems: &mut Vec<Problem>) -> Option<Plan> {
    let file = Fields::of(root, &words::FILE, problems)?;
    let channel = read_channel(&file, problems);
    let number = file.get("number").and_then(|node| {
        let expected = "a channel number as \"7\" or \"2.1\", up to five digits each";
        let number = |text: &str| scalar::is_number(text).then(|| text.to_owned());
        parsed("number", node, "bad_number", expected, number, problems)
    });
    let name = file.get("name").and_then(|node| read_name(node, problems));
    let timezone = file.get("timezone").and_then(|node| read_zone(node, problems));
    let day_start = file
        .get("day_start")
        .and_then(|node| parsed("day_start", node, "bad_time", "a time of day as \"06:00\"", scalar::time, problems));
    let day_start = day_start.unwrap_or(DAY_START);
    let grid = file.get("grid").map_or(Some(GRID), |node| read_grid(node, problems));
    let format = file.get("format").map(|node| read_format(node, problems)).unwrap_or_default();
    let languages = file.get("audio").map(|node| read_languages(node, problems)).unwrap_or_default();
    let branding = file.get("branding").map(|node| branding::read(node, problems)).unwrap_or_default();
    let seed = file.get("seed").and_then(|node| {
        parsed("seed", node, "bad_value", "a whole number as 1989", |text: &str| text.parse::<u64>().ok(), problems)
    });
    let keep_warm = file.get("keep_warm").and_then(|node| choose("keep_warm", node, &TRUTHS, problems));
    let keep_warm = keep_warm.unwrap_or_default();

    let pools = file.get("pools").map(|node| pool::read_pools(node, problems)).unwrap_or_default();
    let mut names = Names::of(&pools);
    names.breaks = file.get("breaks").map(|node| breaks::read(node, None, &mut names, problems)).unwrap_or_default();
    if grid.is_none() && !names.breaks.pod.is_empty() {
        let message = "With `grid: off` programmes follow one another, and nothing is left for breaks to fill.";
        problems
            .push(Problem::warning("no_room", names.breaks.place, message).with_hint("Set a grid, as `grid: 30m`."));
    }
    let traffic = file.get("traffic").map(|node| traffic::read(node, &Traffic::default(), problems));
    names.traffic = traffic.unwrap_or_default();
    if let Some(node) = file.get("templates") {
        names.templates = Templates::read(node, &mut names, problems);
    }
    let mut layers = Vec::new();
    if let Some(node) = file.require("schedule", "schedule:", problems) {
        let before = problems.len();
        layers = read_schedule(node, &mut names, problems);
        layers.extend(file.get("off_air").and_then(|node| off_air::read(node, &mut names, problems)));
        // a slot that plays an unknown pool is there all the same
        let is_whole = problems[before..].iter().all(|problem| problem.code == "unknown_pool");
        wheel::check(&mut layers, day_start, grid, is_whole, problems);
    }
    names.templates.tell_unused(problems);
    let fallback = file.get("fallback").map(|node| read_fallback(node, &mut names, problems)).unwrap_or_default();
    for (name, pool) in pools.iter().filter(|(name, _)| !names.used.contains(*name)) {
        let message = format!("Nothing plays the pool {}.", named(name));
        problems
            .push(Problem::warning("unused_pool", pool.place, message).with_hint("Play it in a slot, or remove it."));
    }

    let Names { breaks, traffic, .. } = names;
    let channel = channel?;
    let name = name.unwrap_or_else(|| channel.clone());
    let seed = seed.unwrap_or_else(|| chance::hash(&channel));
    Some(Plan {
        channel,
        number,
        name,
        timezone,
        day_start,
        grid,
        format,
        languages,
        branding,
        pools,
        layers,
        breaks,
        traffic,
        fallback,
        seed,
        keep_warm,
    })
}

const TRUTHS: [(&str, bool); 2] = [("false", false), ("true", true)];
const DAY_START: Time = Time::constant(6, 0, 0, 0);
const GRID: Duration = Duration::from_secs(30 * 60);

fn read_channel(file: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    let node = file.require("channel", "channel: my-channel", problems)?;
    let slug = text("channel", node, problems)?;
    if !scalar::is_slug(slug) {
        let message =
            format!("`channel` is {}; a slug has lower-case letters, digits and hyphens, at most 63.", quoted(slug));
        let near = scalar::slug_of(slug);
        let hint =
            if near.is_empty() { "Write a slug as `cheers-24-7`.".to_owned() } else { format!("Write `{near}`.") };
        problems.push(Problem::error("bad_slug", node.place, message).with_hint(hint));
    }
    Some(slug.to_owned())
}

fn read_name(node: &Node, problems: &mut Vec<Problem>) -> Option<String> {
    let expected = format!("a name of 1 to {LONGEST_NAME} characters on one line");
    parsed("name", node, "bad_value", &expected, |text| scalar::line(text, LONGEST_NAME), problems)
}

fn read_zone(node: &Node, problems: &mut Vec<Problem>) -> Option<String> {
    let name = text("timezone", node, problems)?;
    let zones = TimeZoneDatabase::bundled();
    if zones.get(name).is_err() {
        let message = format!("There is no time zone {}.", quoted(name));
        let known: Vec<String> = zones.available().map(|zone| zone.to_string()).collect();
        let hint = words::nearest(name, known.iter().map(String::as_str))
            .or_else(|| {
                known.iter().map(String::as_str).find(|zone| zone.ends_with(&format!("/{}", name.replace(' ', "_"))))
            })
            .map_or_else(
                || "Write an IANA name as `America/New_York`.".to_owned(),
                |zone| format!("Did you mean `{zone}`?"),
            );
        problems.push(Problem::error("bad_zone", node.place, message).with_hint(hint));
    }
    Some(name.to_owned())
}

fn read_grid(node: &Node, problems: &mut Vec<Problem>) -> Option<Duration> {
    let expected = "a duration from 1s to 2h, as 30m, or off";
    let grid = |text: &str| match text {
        "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Some(None),
        _ => scalar::duration(text)
            .filter(|grid| (Duration::from_secs(1)..=Duration::from_secs(7200)).contains(grid))
            .map(Some),
    };
    parsed("grid", node, "bad_duration", expected, grid, problems).flatten()
}

fn read_format(node: &Node, problems: &mut Vec<Problem>) -> ProgramFormat {
    let mut format = ProgramFormat::default();
    let Some(fields) = Fields::of(node, &words::FORMAT, problems) else { return format };
    if let Some(node) = fields.get("size") {
        let expected = "a size as 1280x720, even and from 16 to 4096 pixels each way";
        let fits = |n: &u32| SIZES.contains(n) && n.is_multiple_of(2);
        let size = |text: &str| scalar::size(text).filter(|(width, height)| fits(width) && fits(height));
        if let Some((width, height)) = parsed("size", node, "bad_size", expected, size, problems) {
            (format.width, format.height) = (width, height);
        }
    }
    if let Some(node) = fields.get("frame_rate") {
        format.frame_rate = read_frame_rate(node, problems).unwrap_or(format.frame_rate);
    }
    let mut kbps = |key: &str, range: std::ops::RangeInclusive<u32>, default: u32| {
        let expected = format!("a bit rate in kbit/s from {} to {}", range.start(), range.end());
        let fits = |text: &str| text.parse().ok().filter(|kbps| range.contains(kbps));
        let read = fields.get(key).and_then(|node| parsed(key, node, "bad_value", &expected, fits, problems));
        read.unwrap_or(default)
    };
    format.video_kbps = kbps("video_kbps", VIDEO_KBPS, format.video_kbps);
    format.audio_kbps = kbps("audio_kbps", AUDIO_KBPS, format.audio_kbps);
    format
}

fn read_frame_rate(node: &Node, problems: &mut Vec<Problem>) -> Option<FrameRate> {
    let text = text("frame_rate", node, problems)?;
    let rate = text.parse::<FrameRate>().ok().filter(|rate| rate.is_house());
    if rate.is_none() {
        let per_second = |rate: FrameRate| f64::from(rate.num()) / f64::from(rate.den());
        let wanted = text.parse::<FrameRate>().ok().map(per_second).or_else(|| text.trim().parse().ok());
        let near = wanted.and_then(|wanted: f64| {
            let off = |rate: &FrameRate| (per_second(*rate) - wanted).abs();
            FrameRate::HOUSE.into_iter().min_by(|a, b| off(a).total_cmp(&off(b))).filter(|rate| off(rate) < 5.0)
        });
        let all = FrameRate::HOUSE.map(|rate| rate.to_string()).join(", ");
        let hint = near.map_or_else(|| format!("Write one of {all}."), |near| format!("Did you mean `{near}`?"));
        let message = format!("A channel cannot have the frame rate {}; it can have {all}.", quoted(text));
        problems.push(Problem::error("bad_frame_rate", node.place, message).with_hint(hint));
    }
    rate
}

fn read_languages(node: &Node, problems: &mut Vec<Problem>) -> Vec<String> {
    let Some(fields) = Fields::of(node, &words::AUDIO, problems) else { return Vec::new() };
    let expected = "a language code of two or three lower-case letters, as eng";
    let language = |text: &str| {
        let fits = (2..=3).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_lowercase());
        fits.then(|| text.to_owned())
    };
    let nodes = fields.get("languages");
    let nodes = nodes.map(|node| list_up_to(MOST_LANGUAGES, "languages", node, problems)).unwrap_or_default();
    nodes.iter().filter_map(|node| parsed("languages", node, "bad_value", expected, language, problems)).collect()
}

/// The pools before the card, which covers whatever is left.
fn read_fallback(node: &Node, names: &mut Names<'_>, problems: &mut Vec<Problem>) -> Vec<String> {
    let mut pools = Vec::new();
    let mut nodes = list_up_to(MOST_POOLS_OF_SLOT, "fallback", node, problems).iter();
    for node in nodes.by_ref() {
        match text("fallback", node, problems) {
            Some("card") => break,
            Some(name) => {
                names.note(name, node, problems);
                pools.push(name.to_owned());
            }
            None => {}
        }
    }
    if let Some(unreached) = nodes.next() {
        let message = "The card covers everything, so what comes after it in `fallback` is never shown.";
        problems.push(Problem::warning("unreached", unreached.place, message).with_hint("Write `card` last."));
    }
    pools
}
