//! What the demo library holds. Its layout says what things are, as libraries do.

use retrovue_timeline::FrameRate;

use super::looks::{Goods, Look};

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// Below the library, with `/`.
    pub(super) path: String,
    /// Of the series or film.
    pub(super) title: String,
    /// The line below it: the episode, or what is said.
    pub(super) line: String,
    pub(super) seconds: i64,
    pub(super) look: Look,
    /// Which of the look's times of day.
    pub(super) variant: i32,
    pub(super) format: Format,
}

/// How a file is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub(super) container: Container,
    pub(super) video: Video,
    pub(super) audio: Audio,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Of one pixel, width by height.
    pub(super) aspect: (i32, i32),
    pub(super) rate: FrameRate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Mp4,
    Mkv,
    Webm,
    Avi,
    Ts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Video {
    H264,
    Hevc,
    Mpeg4,
    Vp8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audio {
    Aac,
    Ac3,
    Mp2,
    Mp3,
    Vorbis,
}

impl Container {
    fn extension(self) -> &'static str {
        match self {
            Container::Mp4 => "mp4",
            Container::Mkv => "mkv",
            Container::Webm => "webm",
            Container::Avi => "avi",
            Container::Ts => "ts",
        }
    }
}

impl Item {
    pub(super) fn frames(&self) -> i64 {
        self.format.rate.slots_within(self.seconds * 1_000_000_000)
    }
}

const fn format(container: Container, video: Video, audio: Audio, size: (u32, u32), rate: FrameRate) -> Format {
    Format { container, video, audio, width: size.0, height: size.1, aspect: (1, 1), rate }
}

const FILM_RATE: FrameRate = FrameRate::HOUSE[0];
const CINEMA_RATE: FrameRate = FrameRate::HOUSE[1];
const PAL_RATE: FrameRate = FrameRate::HOUSE[2];
const NTSC_RATE: FrameRate = FrameRate::HOUSE[3];
const WEB_RATE: FrameRate = FrameRate::HOUSE[4];

const MP4_25: Format = format(Container::Mp4, Video::H264, Audio::Aac, (640, 360), PAL_RATE);
const MP4_30: Format = format(Container::Mp4, Video::H264, Audio::Aac, (640, 360), WEB_RATE);
const MKV_FILM: Format = format(Container::Mkv, Video::H264, Audio::Ac3, (854, 480), FILM_RATE);
const MKV_CINEMA: Format = format(Container::Mkv, Video::H264, Audio::Ac3, (960, 540), CINEMA_RATE);
const MKV_HEVC: Format = format(Container::Mkv, Video::Hevc, Audio::Aac, (640, 360), PAL_RATE);
const AVI_25: Format = format(Container::Avi, Video::Mpeg4, Audio::Mp3, (480, 360), PAL_RATE);
const AVI_30: Format = format(Container::Avi, Video::Mpeg4, Audio::Mp3, (640, 360), WEB_RATE);
const WEBM_25: Format = format(Container::Webm, Video::Vp8, Audio::Vorbis, (480, 360), PAL_RATE);
/// 4:3 as a broadcast in the Americas had it.
const TS_NTSC: Format =
    Format { aspect: (8, 9), ..format(Container::Ts, Video::H264, Audio::Mp2, (720, 480), NTSC_RATE) };

struct Series {
    name: &'static str,
    year: u16,
    logo: &'static str,
    look: Look,
    format: Format,
    episodes: [(&'static str, i64); 4],
}

const SERIES: [Series; 3] = [
    Series {
        name: "Salt & Signal",
        year: 1979,
        logo: "SALT & SIGNAL",
        look: Look::Sea,
        format: MP4_25,
        episodes: [
            ("The Glass Buoy", 48),
            ("Fog on the Ninth", 42),
            ("A Letter for the Lamp", 55),
            ("The Long Low Tide", 40),
        ],
    },
    Series {
        name: "Orbit Diner",
        year: 1986,
        logo: "ORBIT DINER",
        look: Look::Space,
        format: TS_NTSC,
        episodes: [
            ("Pie at Perigee", 45),
            ("The Regular from Rigel", 40),
            ("Zero-G Pancakes", 52),
            ("Closing Time on Titan", 43),
        ],
    },
    Series {
        name: "Cogs & Custard",
        year: 1991,
        logo: "COGS & CUSTARD",
        look: Look::Garden,
        format: MKV_FILM,
        episodes: [
            ("The Wind-Up Wasp", 40),
            ("Who Oiled the Owl", 46),
            ("Custard in the Clockwork", 58),
            ("Sprocket's Day Out", 44),
        ],
    },
];

/// Title, year, what is said below it, seconds, look, format.
const FILMS: [(&str, u16, &str, i64, Look, Format); 2] = [
    ("The Last Tram to Violet Hill", 1984, "A NIGHT RIDE IN ONE REEL", 130, Look::Sunset, MKV_CINEMA),
    ("A Moth in the Limelight", 1957, "A PICTURE IN BLACK AND WHITE", 122, Look::Stage, AVI_25),
];

/// Brand, what the spot is called, what is said, seconds, what is sold, format.
const ADVERTS: [(&str, &str, &str, i64, Goods, Format); 6] = [
    ("Brewster", "Kettle of the Year", "POURS LIKE A DREAM", 15, Goods::Teapot, MP4_30),
    ("Brewster", "Tea for Eleven", "ONE MORE CUP, ANYONE?", 30, Goods::Teapot, MP4_25),
    ("Hivemind Honey", "The Queen Approves", "TEN THOUSAND BEES AGREE", 20, Goods::Jar, AVI_30),
    ("Hivemind Honey", "Spoonful", "STICKS TO ITS PROMISES", 10, Goods::Jar, WEBM_25),
    ("Glimmer Sets", "Now in Colour", "SEE WHAT YOU HAVE HEARD", 20, Goods::Set, TS_NTSC),
    ("Bellweather Hats", "Any Weather", "A ROOF FOR THE HEAD", 15, Goods::Hat, WEBM_25),
];

/// Folder, file, logo, what is said, seconds, look, format.
const BETWEEN: [(&str, &str, &str, &str, i64, Look, Format); 7] = [
    ("idents", "RetroVue Ident - Blue", "RETROVUE", "THE PICTURE PEOPLE", 5, Look::Rings, MP4_25),
    ("idents", "RetroVue Ident - Rose", "RETROVUE", "GOOD EVENING", 5, Look::Rings, MP4_30),
    ("idents", "RetroVue Ident - Moss", "RETROVUE", "STAY AND WATCH", 5, Look::Rings, MKV_HEVC),
    ("idents", "RetroVue Ident - Amber", "RETROVUE", "ALWAYS ON", 5, Look::Rings, AVI_30),
    ("bumpers", "Back in a Moment", "RETROVUE", "BACK IN A MOMENT", 15, Look::Rings, MP4_25),
    ("filler", "Test Card", "RETROVUE", "PLEASE ADJUST YOUR SET", 20, Look::Card, MP4_25),
    ("filler", "Interlude - Night Sea", "INTERLUDE", "THE SEA AT NIGHT", 20, Look::Sea, MP4_30),
];

/// The longest first, so that both workers end together.
pub(super) fn items() -> Vec<Item> {
    let mut items = Vec::new();
    for series in SERIES {
        let show = format!("{} ({})", series.name, series.year);
        for (number, (episode, seconds)) in (1..).zip(series.episodes) {
            let path = format!("Series/{show}/Season 01/{} - S01E{number:02} - {episode}", series.name);
            let line = format!("EPISODE {number}: {}", episode.to_uppercase());
            items.push(item(path, series.logo, line, seconds, series.look, number - 1, series.format));
        }
    }
    for (title, year, line, seconds, look, format) in FILMS {
        let path = format!("Movies/{title} ({year})");
        items.push(item(path, &title.to_uppercase(), line.to_owned(), seconds, look, 0, format));
    }
    for (variant, (brand, name, line, seconds, goods, format)) in (0..).zip(ADVERTS) {
        let path = format!("commercials/{brand}/{brand} - {name}");
        items.push(item(path, &brand.to_uppercase(), line.to_owned(), seconds, Look::Rays(goods), variant, format));
    }
    for (variant, (folder, name, logo, line, seconds, look, format)) in (0..).zip(BETWEEN) {
        items.push(item(format!("{folder}/{name}"), logo, line.to_owned(), seconds, look, variant, format));
    }
    items.sort_by_key(|item| -item.frames() * i64::from(item.format.width));
    items
}

fn item(stem: String, title: &str, line: String, seconds: i64, look: Look, variant: i32, format: Format) -> Item {
    let path = format!("{stem}.{}", format.container.extension());
    Item { path, title: title.to_owned(), line, seconds, look, variant, format }
}
