//! Names as they are found in real libraries, and what they tell.

use std::path::Path;

use super::*;

/// `kind type "title" series=… SxEy-z year #tags`, without what is not there.
fn summary(path: &str) -> String {
    let description = read(Path::new(path));
    let mut text = format!("{} {} {:?}", description.kind, description.media_type, description.title);
    if let Some(series) = &description.series {
        text.push_str(&format!(" of {series:?}"));
    }
    if description.season.is_some() || description.episode.is_some() {
        let number = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
        text.push_str(&format!(" S{}E{}", number(description.season), number(description.episode)));
    }
    if let Some(last) = description.last_episode {
        text.push_str(&format!("-{last}"));
    }
    if let Some(year) = description.year {
        text.push_str(&format!(" {year}"));
    }
    for tag in &description.tags {
        text.push_str(&format!(" #{tag}"));
    }
    text
}

const NAMES: &[(&str, &str)] = &[
    // Episodes, as media servers ask for them.
    (
        "Cheers (1982)/Season 01/Cheers - S01E02 - Sam's Women.mkv",
        r#"programme episode "Sam's Women" of "Cheers" S1E2 1982"#,
    ),
    ("Show (1999)/Season 01/Show - S01E02 - Title.mkv", r#"programme episode "Title" of "Show" S1E2 1999"#),
    (
        "TV Shows/Cheers/Season 1/Cheers.S01E03.The.Tortelli.Tort.mkv",
        r#"programme episode "The Tortelli Tort" of "Cheers" S1E3"#,
    ),
    (
        "TV/Doctor Who (2005)/Season 05/Doctor Who (2005) - S05E10 - Vincent and the Doctor.mp4",
        r#"programme episode "Vincent and the Doctor" of "Doctor Who" S5E10 2005"#,
    ),
    ("TV/Doctor Who (1963-1989)/Season 12/S12E11.avi", r#"programme episode "Episode 11" of "Doctor Who" S12E11 1963"#),
    (
        "TV/Frasier {tvdb-77811}/Season 04/Frasier - S04E01 - The Two Mrs. Cranes.mkv",
        r#"programme episode "The Two Mrs. Cranes" of "Frasier" S4E1"#,
    ),
    (
        "Seinfeld/Season 5/Seinfeld - 5x14 - The Marine Biologist.avi",
        r#"programme episode "The Marine Biologist" of "Seinfeld" S5E14"#,
    ),
    ("Seinfeld/seinfeld.3x22.the.parking.space.avi", r#"programme episode "the parking space" of "Seinfeld" S3E22"#),
    ("Night Court 2x01 The Nun.mpg", r#"programme episode "The Nun" of "Night Court" S2E1"#),
    ("ALF/s01/e05 - Keepin' the Faith.mkv", r#"programme episode "Keepin' the Faith" of "ALF" S1E5"#),
    ("ALF/Season 2/05 - Night Train.mkv", r#"programme episode "Night Train" of "ALF" S2E5"#),
    ("ALF/Season 2/05.mkv", r#"programme episode "Episode 5" of "ALF" S2E5"#),
    (
        "ALF/Season 2/Episode 7 - Take a Look at Me Now.mkv",
        r#"programme episode "Take a Look at Me Now" of "ALF" S2E7"#,
    ),
    ("ALF/Season 2/ALF - Ep 9 - The Boy Next Door.mkv", r#"programme episode "The Boy Next Door" of "ALF" S2E9"#),
    ("ALF/Season 2/A Little Bit of Soap.mkv", r#"programme episode "A Little Bit of Soap" of "ALF" S2E?"#),
    ("ALF/Specials/ALF - S00E01 - Loves a Mystery.mkv", r#"programme episode "Loves a Mystery" of "ALF" S0E1"#),
    ("ALF/Specials/Project ALF.mkv", r#"programme episode "Project ALF" of "ALF" S0E?"#),
    (
        "Fawlty Towers/Series 1/Fawlty Towers - S01E01 - A Touch of Class.mkv",
        r#"programme episode "A Touch of Class" of "Fawlty Towers" S1E1"#,
    ),
    ("Derrick/Staffel 3/Derrick S03E04 Kalkutta.mkv", r#"programme episode "Kalkutta" of "Derrick" S3E4"#),
    // Several episodes in one file.
    ("Cheers/Season 1/Cheers - S01E01E02 - Pilot.mkv", r#"programme episode "Pilot" of "Cheers" S1E1-2"#),
    ("Cheers/Season 1/Cheers - S01E01-E02 - Pilot.mkv", r#"programme episode "Pilot" of "Cheers" S1E1-2"#),
    ("Cheers/Season 1/Cheers - S01E21-22 - Showdown.mkv", r#"programme episode "Showdown" of "Cheers" S1E21-22"#),
    ("Cheers/Season 1/Cheers.S01E01E02E03.mkv", r#"programme episode "Episodes 1–3" of "Cheers" S1E1-3"#),
    ("Rugrats/Rugrats - 1x02-03.mkv", r#"programme episode "Episodes 2–3" of "Rugrats" S1E2-3"#),
    ("Show/Season 1/Show - S01E01 - 24 Hours.mkv", r#"programme episode "24 Hours" of "Show" S1E1"#),
    ("Show/Season 1/Show - S01E05-720p.mkv", r#"programme episode "Episode 5" of "Show" S1E5"#),
    // Releases.
    ("The.Wire.S01E01.The.Target.1080p.BluRay.x264-GROUP.mkv", r#"programme episode "The Target" of "The Wire" S1E1"#),
    (
        "The.Wire.S01.1080p.BluRay/The.Wire.S01E02.1080p.BluRay.x264-GROUP.mkv",
        r#"programme episode "Episode 2" of "The Wire" S1E2"#,
    ),
    ("Doctor.Who.2005.S01E01.Rose.WEB-DL.mkv", r#"programme episode "Rose" of "Doctor Who" S1E1 2005"#),
    ("Show_Name_S03E07_The_Title.avi", r#"programme episode "The Title" of "Show Name" S3E7"#),
    ("[Group] Show Name - S01E05 - A Title [1080p].mkv", r#"programme episode "A Title" of "Show Name" S1E5"#),
    ("show name s2 e4 hello.mkv", r#"programme episode "hello" of "show name" S2E4"#),
    ("Show Name Season 1 Episode 2 Hello.mkv", r#"programme episode "Hello" of "Show Name" S1E2"#),
    ("Downloads/Cheers.S02E01.Power.Play.WEB.h264.mkv", r#"programme episode "Power Play" of "Cheers" S2E1"#),
    ("1923.S01E01.1923.mkv", r#"programme episode "1923" of "1923" S1E1"#),
    ("24/Season 1/24 - S01E01 - Midnight.mkv", r#"programme episode "Midnight" of "24" S1E1"#),
    ("Jeopardy/Season 2019/Jeopardy - S2019E123.ts", r#"programme episode "Episode 123" of "Jeopardy" S2019E123"#),
    // Films.
    ("Movies/Ghostbusters (1984).mp4", r#"programme movie "Ghostbusters" 1984"#),
    ("Movies/Ghostbusters (1984)/Ghostbusters (1984) [1080p].mkv", r#"programme movie "Ghostbusters" 1984"#),
    ("Title (1984).mp4", r#"programme movie "Title" 1984"#),
    ("Movies/2001 - A Space Odyssey (1968).mkv", r#"programme movie "2001 - A Space Odyssey" 1968"#),
    ("Movies/1984 (1984).mkv", r#"programme movie "1984" 1984"#),
    ("Movies/Blade Runner 2049 (2017) {imdb-tt1856101}.mkv", r#"programme movie "Blade Runner 2049" 2017"#),
    ("Blade.Runner.2049.2017.2160p.BluRay.x265.mkv", r#"programme movie "Blade Runner 2049" 2017"#),
    ("The.Goonies.1985.mkv", r#"programme movie "The Goonies" 1985"#),
    ("Movies/Alien 1979.mkv", r#"programme movie "Alien" 1979"#),
    ("Movies/[REC] (2007).avi", r#"programme movie "REC" 2007"#),
    ("Films/Alien [1979].mkv", r#"programme movie "Alien" 1979"#),
    ("Blade Runner (1982)/blade.runner.mkv", r#"programme movie "Blade Runner" 1982"#),
    ("Movies/Blade Runner (1982)/VIDEO_TS.vob", r#"programme movie "Blade Runner" 1982"#),
    ("Movies/Brazil (1985) - Director's Cut.mkv", r#"programme movie "Brazil" 1985"#),
    ("Movies/Brazil.mkv", r#"programme movie "Brazil""#),
    ("Movies/Mr. Smith Goes to Washington (1939).mkv", r#"programme movie "Mr. Smith Goes to Washington" 1939"#),
    ("Movies/Brazil (1985)-trailer.mp4", r#"promo other "Brazil (1985)-trailer""#),
    ("Movies/Die Hard (1988) (1080p BluRay x265).mkv", r#"programme movie "Die Hard" 1988"#),
    // Interstitials.
    ("commercials/Coke.mp4", r#"commercial other "Coke""#),
    ("Commercials/toys/1985/G.I. Joe.mp4", r#"commercial other "G.I. Joe" #1985 #toys"#),
    ("80s Commercials/Frosted_Flakes.mp4", r#"commercial other "Frosted Flakes" #80s"#),
    ("Commercials (1985)/Atari (1985).avi", r#"commercial other "Atari" 1985 #1985"#),
    ("adverts/Hovis - Boy on the Bike (1973).mpg", r#"commercial other "Hovis - Boy on the Bike" 1973"#),
    ("retro/interstitials/ads/cereal/trix.mov", r#"commercial other "trix" #cereal"#),
    ("promos/Must See TV/thursday.mp4", r#"promo other "thursday" #must see tv"#),
    ("bumpers/adult swim/bump_001.mp4", r#"bumper other "bump 001" #adult swim"#),
    ("Idents/BBC2/Paint.mp4", r#"station_id other "Paint" #bbc2"#),
    ("station_ids/wretro.ts", r#"station_id other "wretro""#),
    ("Station IDs/wretro.ts", r#"station_id other "wretro""#),
    ("PSAs/This Is Your Brain.mp4", r#"psa other "This Is Your Brain""#),
    ("filler/aquarium.mkv", r#"filler other "aquarium""#),
    ("cards/please-stand-by.mp4", r#"card other "please-stand-by""#),
    ("Commercials/Promos/tonight.mp4", r#"promo other "tonight""#),
    // What looks like one thing and is another.
    (
        "House of Cards (1990)/House of Cards S01E01.mkv",
        r#"programme episode "Episode 1" of "House of Cards" S1E1 1990"#,
    ),
    ("World Series 1986/Game 6.mkv", r#"programme other "Game 6""#),
    ("Home/Christmas 1995.avi", r#"programme other "Christmas 1995""#),
    ("clips/1920x1080 test.mp4", r#"programme other "1920x1080 test""#),
    ("clips/16x9 demo.mp4", r#"programme other "16x9 demo""#),
    ("Cheers (1982)/Blooper Reel.mkv", r#"programme other "Blooper Reel""#),
    ("Charlotte's Web.mkv", r#"programme other "Charlotte's Web""#),
    ("VHS_rip_tape_04.mpg", r#"programme other "VHS rip tape 04""#),
    ("Music Videos/a-ha - Take On Me (1985).mp4", r#"programme music_video "a-ha - Take On Me" 1985"#),
    ("Star Wars Episode 4.mkv", r#"programme other "Star Wars Episode 4""#),
    ("(1999).mkv", r#"programme other "(1999)""#),
    ("....mkv", r#"programme other "...""#),
    ("日本語のタイトル (2001).mkv", r#"programme movie "日本語のタイトル" 2001"#),
    ("Amélie (2001)/Amélie.mkv", r#"programme movie "Amélie" 2001"#),
    ("Season 1/Cheers - S01E01.mkv", r#"programme episode "Episode 1" of "Cheers" S1E1"#),
    ("TV/Cheers Season 2/Cheers 05 Old Flames.mkv", r#"programme episode "Cheers 05 Old Flames" of "Cheers" S2E?"#),
];

#[test]
fn names_tell_what_they_tell() {
    let wrong: Vec<String> = NAMES
        .iter()
        .filter(|(path, expected)| summary(path) != *expected)
        .map(|(path, expected)| format!("{path}\n  found    {}\n  expected {expected}", summary(path)))
        .collect();
    assert!(wrong.is_empty(), "{} of {} names:\n{}", wrong.len(), NAMES.len(), wrong.join("\n"));
}

#[test]
fn every_field_remembers_its_source() {
    let description = read(Path::new("Cheers (1982)/Season 01/Cheers - S01E02.mkv"));
    let origins: Vec<_> = description.origins.into_iter().collect();
    assert_eq!(
        origins,
        [
            (Field::Type, Origin::FileName),
            (Field::Title, Origin::Inferred),
            (Field::Series, Origin::Folder),
            (Field::Season, Origin::FileName),
            (Field::Episode, Origin::FileName),
            (Field::Year, Origin::Folder),
        ]
    );
}

#[test]
fn collections_are_the_top_level_folders() {
    let check = |path: &str, name: &str, kind: Kind| {
        assert_eq!(collection(Path::new(path)), Collection { name: name.to_owned(), kind });
    };
    check("Cheers/Season 1/x.mkv", "Cheers", Kind::Programme);
    check("Commercials/toys/x.mkv", "Commercials", Kind::Commercial);
    check("x.mkv", ".", Kind::Programme);
}
