//! Files that are mostly in order, with all of the language in them.

use std::fmt::Write;

use crate::dice::Dice;

const POOLS: [&str; 8] = ["shows", "films", "all_of_it", "spots", "idents", "filler", "shorts", "nothing"];

const MATCHES: [&str; 18] = [
    "{ series: Cheers, type: episode }",
    "{ series: [Cheers, Taxi], season: 1..2 }",
    "{ type: movie }",
    "{ type: movie, year: 1980..1989, not: { genres: horror } }",
    "{}",
    "{ not: [{ type: movie }, { tags: odd }] }",
    "{ kind: commercial }",
    "{ kind: [commercial, promo], tags: toys }",
    "{ kind: station_id }",
    "{ kind: filler }",
    "{ kind: bumper }",
    "{ max_duration: 5m }",
    "{ min_duration: 2h }",
    "{ title: nowhere }",
    "{ kind: [programme, commercial, promo, bumper, station_id, psa, filler, card] }",
    "{ kind: psa, max_duration: 1m, min_duration: 10s }",
    "{ rating: [PG, PG-13] }",
    "{ year: ..1979 }",
];

const LAYERS: [&str; 16] = [
    "weekdays",
    "weekends",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "12-24",
    "12-20..01-06",
    "03-01..03-31",
    "10-01..11-30",
    "2026-10-25",
    "2026-01-01..2026-12-31",
    "02-29",
];

const ORDERS: [&str; 8] =
    ["", "sequential", "shuffle", "random", "random, no_repeat: 3", "random, no_repeat: 500", "marathon", "newest"];

const GRIDS: [&str; 11] = ["off", "1s", "7s", "1m", "5m", "15m", "30m", "45m", "1h", "1h1m1s", "2h"];

pub(crate) fn file(dice: &mut Dice) -> String {
    let mut text = "channel: made\n".to_owned();
    top(&mut text, dice);
    text.push_str("pools:\n");
    let mut pools = Vec::new();
    for name in POOLS {
        if pools.is_empty() || dice.chance(60) {
            _ = writeln!(text, "  {name}: {{ match: {} }}", dice.pick(&MATCHES));
            pools.push(name);
        }
    }
    if dice.chance(50) {
        _ = writeln!(text, "breaks: {}", breaks(&pools, dice));
    }
    if dice.chance(40) {
        _ = writeln!(text, "traffic: {}", traffic(dice));
    }
    if dice.chance(50) {
        _ = writeln!(text, "fallback: [ {}, card ]", dice.pick(&pools));
    }
    if dice.chance(25) {
        let (from, to) = (time(dice), time(dice));
        _ = writeln!(
            text,
            "off_air: {{ from: \"{from}\", to: \"{to}\", sign_off: {}, show: {} }}",
            dice.pick(&pools),
            dice.pick(&["test-card", pools[0]])
        );
    }
    let has_template = dice.chance(30);
    if has_template {
        text.push_str("templates:\n  shared:\n");
        slots(&mut text, &pools, dice);
    }
    text.push_str("schedule:\n");
    if dice.chance(90) {
        text.push_str("  all:\n");
        slots(&mut text, &pools, dice);
    }
    let first = dice.roll(LAYERS.len());
    for layer in LAYERS.iter().cycle().skip(first).step_by(5).take(dice.roll(4)) {
        if has_template && dice.chance(50) {
            _ = writeln!(text, "  {layer}: shared");
        } else {
            _ = writeln!(text, "  {layer}:");
            slots(&mut text, &pools, dice);
        }
    }
    text
}

fn top(text: &mut String, dice: &mut Dice) {
    let zones = [
        "UTC",
        "America/New_York",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "America/Nuuk",
    ];
    let rates = ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"];
    let mut line = |percent, key: &str, value: &str| {
        if dice.chance(percent) {
            _ = writeln!(text, "{key}: {value}");
        }
    };
    line(20, "number", "\"2.1\"");
    line(20, "name", "\"Made by chance: 日本\"");
    line(20, "audio", "{ languages: [eng, deu] }");
    line(20, "keep_warm", "true");
    line(10, "branding", "{ logo: a.png, bug: { at: top-left }, crawl: { text: \"Hello\" } }");
    if dice.chance(70) {
        _ = writeln!(text, "timezone: {}", dice.pick(&zones));
    }
    if dice.chance(50) {
        _ = writeln!(text, "day_start: \"{}\"", time(dice));
    }
    if dice.chance(80) {
        _ = writeln!(text, "grid: {}", dice.pick(&GRIDS));
    }
    if dice.chance(40) {
        _ = writeln!(text, "format: {{ frame_rate: {}, size: 640x360 }}", dice.pick(&rates));
    }
    if dice.chance(50) {
        _ = writeln!(text, "seed: {}", dice.roll(1_000_000));
    }
}

/// Apart from one another, but for a few.
fn slots(text: &mut String, pools: &[&str], dice: &mut Dice) {
    let count = dice.within(1..=6);
    let mut at = if dice.chance(50) { 6 * 60 } else { dice.roll(1440) };
    let end = at + 1440;
    for nth in 0..count {
        let left = (end - at) / (count - nth);
        let length = if nth + 1 == count && dice.chance(60) { end - at } else { dice.within(1..=left.max(1)) };
        let length = if dice.chance(2) { dice.within(1..=1440) } else { length };
        let length_as = match dice.roll(5) {
            0 => String::new(),
            1 | 2 => format!(", for: {length}m"),
            _ => format!(", until: \"{}\"", clock(at + length)),
        };
        let mut slot = format!("at: \"{}\"{length_as}, {}", clock(at), plays(pools, dice));
        if dice.chance(50) {
            _ = write!(slot, ", overrun: {}", dice.pick(&["bleed", "trim", "join", "drop"]));
        }
        if dice.chance(15) {
            slot.push_str(", title: Movie Night");
        }
        if dice.chance(15) {
            _ = write!(slot, ", breaks: {}", breaks(pools, dice));
        }
        if dice.chance(15) {
            _ = write!(slot, ", traffic: {}", traffic(dice));
        }
        _ = writeln!(text, "    - {{ {slot} }}");
        at = at.max(at + length).min(end - 1);
        if dice.chance(20) {
            at = (at + dice.roll(60)).min(end - 1);
        }
    }
}

fn plays(pools: &[&str], dice: &mut Dice) -> String {
    if dice.chance(8) {
        return format!("play: {{ asset: {} }}", dice.pick(&["cheers-1-1", "long", "away", "empty"]));
    }
    if dice.chance(20) {
        let count = dice.within(2..=4);
        let names: Vec<&str> = (0..count).map(|_| dice.pick(pools)).collect();
        let weights: Vec<String> = (0..count).map(|_| dice.within(1..=1000).to_string()).collect();
        return match dice.roll(3) {
            0 => format!("play: [{}]", names.join(", ")),
            1 => format!("play: [{}], order: weighted, weights: [{}]", names.join(", "), weights.join(", ")),
            _ => format!("play: [{}], order: rotate", names.join(", ")),
        };
    }
    match dice.pick(&ORDERS) {
        "" => format!("play: {}", dice.pick(pools)),
        order => format!("play: {}, order: {order}", dice.pick(pools)),
    }
}

fn breaks(pools: &[&str], dice: &mut Dice) -> String {
    if dice.chance(10) {
        return "none".to_owned();
    }
    let parts: Vec<String> =
        (0..dice.within(1..=4)).map(|_| format!("{}{}", dice.pick(pools), dice.pick(&["", "…", "..."]))).collect();
    let at = dice.pick(&[
        "chapters",
        "detected",
        "every 8m",
        "every 1s",
        "every 24h",
        "none",
        "[ chapters, detected ]",
        "[]",
    ]);
    format!(
        "{{ at: {at}, pod: [ {} ], fade: {}, after: {} }}",
        parts.join(", "),
        dice.pick(&["0s", "500ms", "5s"]),
        dice.pick(&["true", "false"])
    )
}

fn traffic(dice: &mut Dice) -> String {
    let cooldown = dice.pick(&["0s", "1s", "20m", "168h"]);
    let parts = dice.pick(&["\"06:00..19:00\"", "[\"22:00..02:00\", \"05:00..05:00\"]", "\"00:00..24:00\""]);
    format!(
        "{{ cooldown: {{ commercial: {cooldown} }}, per_day: {{ promo: {}, toys: 10000 }}, dayparts: {{ toys: {parts} }} }}",
        dice.within(1..=5)
    )
}

fn time(dice: &mut Dice) -> String {
    clock(dice.pick(&[0, 60, 150, 300, 330, 360, 361, 720, 1410, 1439]))
}

fn clock(minutes: usize) -> String {
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}
