//! What is simulated: a library, and channels of which no two are alike.

use retrovue_schedule::Kind;

use super::super::*;

/// Beside whole hours: halves and quarters, a shift of thirty minutes, and one across the date line.
const ZONES: [&str; 13] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/St_Johns",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "Europe/Dublin",
    "Antarctica/Troll",
];

const DAY_STARTS: [&str; 5] = ["06:00", "00:00", "04:30", "18:00", "05:45"];

const GRIDS: [&str; 7] = ["30m", "off", "15m", "1h", "5m", "45m", "2h"];

const RATES: [&str; 8] = ["30000/1001", "24000/1001", "25", "24", "60000/1001", "30", "50", "60"];

/// All orders, overruns and kinds of layers; FILM is the id of a film.
const SCHEDULES: [&str; 8] = [
    "  all: [{ at: \"06:00\", for: 24h, play: alpha }]\n",
    "  all:
    - { at: \"06:00\", until: \"14:00\", play: alpha }
    - { at: \"14:00\", until: \"20:00\", play: [beta, gamma], order: rotate }
    - { at: \"20:00\", until: \"23:00\", play: films, order: shuffle, title: Movie Night }
    - { at: \"23:00\", until: \"06:00\", play: gamma, order: random, no_repeat: 6 }\n",
    "  all: [{ at: \"06:00\", for: 24h, play: alpha, order: shuffle }]
  saturday: [{ at: \"10:00\", for: 6h, play: films, order: marathon }]
  weekends: [{ at: \"17:00\", until: \"22:00\", play: clips, order: random, no_repeat: 12 }]
  11-24..12-02: [{ at: \"18:00\", for: 3h, play: beta, order: newest }]
  2026-11-26: [{ at: \"20:00\", for: 2h, play: { asset: FILM } }]\n",
    "  all:
    - { at: \"07:15\", until: \"09:00\", play: beta }
    - { at: \"21:00\", for: 2h, play: films, overrun: join }
    - { at: \"23:30\", until: \"03:00\", play: delta, overrun: trim }\n",
    "  all: [{ at: \"06:00\", for: 24h, play: [alpha, beta, delta], order: weighted, weights: [3, 1, 2] }]\n",
    "  all:
    - { at: \"06:00\", until: \"12:00\", play: clips, order: shuffle }
    - { at: \"12:00\", until: \"18:00\", play: delta, overrun: trim }
    - { at: \"18:00\", until: \"06:00\", play: films, overrun: join }\n",
    "  all:
    - { at: \"06:00\", until: \"20:00\", play: gamma, overrun: drop }
    - { at: \"20:00\", until: \"21:30\", play: films, order: shuffle, overrun: drop }
    - { at: \"21:30\", until: \"06:00\", play: clips, order: random, no_repeat: 30 }\n",
    "  all:
    - { at: \"06:00\", until: \"12:00\", play: alpha, order: marathon }
    - { at: \"12:00\", until: \"00:00\", play: beta, order: newest }
    - { at: \"00:00\", until: \"06:00\", play: films, order: random, no_repeat: 3 }
  weekdays: [{ at: \"08:00\", for: 1h, play: gamma }]
  monday: [{ at: \"08:30\", for: 15m, play: delta, overrun: trim }]\n",
];

/// What comes between programmes, and what it keeps to; nothing in one of four.
const BREAKS: [&str; 4] = [
    "breaks: { at: every 8m, pod: [idents, spots…, idents] }
traffic: { cooldown: { commercial: 25m }, per_day: { commercial: 20 } }
fallback: [filler, card]\n",
    "",
    "breaks: { at: none, pod: [idents, spots…] }
traffic: { cooldown: { commercial: 1h }, dayparts: { toys: \"07:00..19:00\" } }\n",
    "breaks: { at: [every 12m], pod: [spots…], after: false }
traffic: { per_day: { toys: 4 } }
fallback: [clips, filler, card]\n",
];

const NIGHTS: [&str; 3] = [
    "",
    "off_air: { from: \"02:00\", to: \"05:30\", show: test-card, sign_off: anthem }\n",
    "off_air: { from: \"23:40\", to: \"04:00\", show: filler }\n",
];

/// What an edit adds and another takes away.
const EXTRA: &str = "  wednesday: [{ at: \"12:00\", for: 90m, play: extra }]\n";

const POOLS: &str = "pools:
  alpha: { match: { series: Alpha } }
  beta: { match: { series: Beta } }
  gamma: { match: { series: Gamma } }
  delta: { match: { series: Delta } }
  films: { match: { type: movie } }
  clips: { match: { type: music_video } }
  extra: { match: { series: Extra } }
  spots: { match: { kind: commercial } }
  idents: { match: { kind: station_id } }
  filler: { match: { kind: filler } }
  anthem: { match: { kind: bumper } }\n";

/// A channel as its file has it.
#[derive(Clone, Debug)]
pub(super) struct Station {
    pub(super) slug: String,
    edition: u32,
    schedule: usize,
    zone: usize,
    day_start: usize,
    grid: usize,
    rate: usize,
    breaks: usize,
    night: usize,
    extra: bool,
}

impl Station {
    pub(super) fn nth(number: usize) -> Self {
        Self {
            slug: format!("channel-{number:02}"),
            edition: 1,
            schedule: number,
            zone: number,
            day_start: number / 2,
            grid: number + number / 8,
            rate: number + number / 8,
            breaks: number + number / 8,
            night: number / 3,
            extra: number.is_multiple_of(3),
        }
    }

    /// With one thing changed, which `chance` picks.
    pub(super) fn edited(&self, chance: u64) -> Self {
        let mut edited = Self { edition: self.edition + 1, ..self.clone() };
        match chance % 8 {
            0 => {}
            1 => edited.grid += 1,
            2 => edited.day_start += 1,
            3 => edited.zone += 1,
            4 => edited.rate += 1,
            5 => edited.breaks += 1,
            6 => edited.night += 1,
            _ => edited.extra = !edited.extra,
        }
        edited
    }

    /// Whether it may leave out what does not fit.
    pub(super) fn passes_over(&self, pool: &str) -> bool {
        self.schedule % SCHEDULES.len() == 6 && ["gamma", "films"].contains(&pool)
    }

    /// Whether it shows all of one series within a day.
    pub(super) fn goes_round_alpha(&self) -> bool {
        self.schedule.is_multiple_of(SCHEDULES.len())
            && ["off", "5m", "15m", "30m"].contains(&GRIDS[self.grid % GRIDS.len()])
    }

    pub(super) fn file(&self, film: &str) -> AppliedFile {
        let pick = |of: &[&'static str], at: usize| of[at % of.len()];
        let text = format!(
            "channel: {}\nname: Edition {}\ntimezone: {}\nday_start: \"{}\"\ngrid: {}\n\
             format: {{ frame_rate: {} }}\n{}{}{POOLS}schedule:\n{}{}",
            self.slug,
            self.edition,
            pick(&ZONES, self.zone),
            pick(&DAY_STARTS, self.day_start),
            pick(&GRIDS, self.grid),
            pick(&RATES, self.rate),
            pick(&BREAKS, self.breaks),
            pick(&NIGHTS, self.night),
            pick(&SCHEDULES, self.schedule).replace("FILM", film),
            if self.extra { EXTRA } else { "" },
        );
        file(&format!("{}.yaml", self.slug), &text)
    }
}

/// Series of short, long and varied episodes, some in two parts; films; clips; and what is no programme.
pub(super) fn library() -> Vec<Title> {
    let mut titles = Vec::new();
    for (series, seasons, episodes, seconds) in
        [("Alpha", 3, 8, 1320), ("Beta", 2, 10, 2640), ("Delta", 4, 15, 660), ("Extra", 1, 5, 1800)]
    {
        for season in 1..=seasons {
            titles.extend((1..=episodes).map(|number| {
                let seconds = seconds + i64::from(number * 37 % 11) * i64::from(number % 3);
                Title::episode(series, season, number, seconds)
            }));
        }
    }
    titles.extend((1..=13).map(|number| {
        let episode = Title::episode("Gamma", 1, number, 1500);
        match number {
            4 | 5 => Title { title: format!("Two Worlds ({})", number - 3), ..episode },
            10..=12 => Title { title: format!("The Long Night, Part {}", number - 9), ..episode },
            _ => episode,
        }
    }));
    titles
        .extend((0..24).map(|number| Title::single(MediaType::Movie, "Film", number, 5000 + i64::from(number) * 211)));
    titles.extend(
        (0..40).map(|number| Title::single(MediaType::MusicVideo, "Clip", number, 130 + i64::from(number * 7 % 200))),
    );
    for (kind, name, count, seconds) in [
        (Kind::Commercial, "Spot", 60, [10, 15, 20, 30, 45, 60]),
        (Kind::Commercial, "Toy", 12, [20, 30, 20, 30, 20, 30]),
        (Kind::StationId, "Ident", 5, [4, 5, 6, 7, 8, 9]),
        (Kind::Filler, "Filler", 4, [90, 180, 300, 45, 60, 120]),
        (Kind::Bumper, "Anthem", 2, [75, 80, 60, 60, 60, 60]),
    ] {
        titles.extend((0..count).map(|number| {
            let of = Title::single(MediaType::Other, name, number, seconds[number as usize % seconds.len()]);
            Title { kind, ..of }
        }));
    }
    titles
}

impl Title {
    pub(super) fn is_of(&self, name: &str) -> bool {
        self.series.as_deref() == Some(name) || (self.series.is_none() && self.title.starts_with(name))
    }

    /// Whether it may vanish: three of each pool.
    pub(super) fn is_fragile(&self) -> bool {
        let number = self.episode.unwrap_or_else(|| self.title.rsplit(' ').next().unwrap().parse().unwrap());
        self.season.unwrap_or(1) == 1 && [2, 7, 9].contains(&number)
    }
}

/// Whether what is called so belongs right behind the one before.
pub(super) fn is_later_part(title: &str) -> bool {
    ["Worlds (2)", "Part 2", "Part 3"].iter().any(|part| title.ends_with(part))
}
