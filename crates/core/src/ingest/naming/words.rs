//! Words of file names: separators, years, and what release names carry beside the title.

/// From the first film to any that will be announced in this program's life.
const YEARS: std::ops::RangeInclusive<u32> = 1888..=2099;

/// Words that no title holds: from the first one on, a name tells how the file was made.
const RELEASE: &[&str] = &[
    "480p",
    "480i",
    "540p",
    "576p",
    "576i",
    "720p",
    "720i",
    "1080p",
    "1080i",
    "2160p",
    "4320p",
    "4k",
    "bluray",
    "bdrip",
    "brrip",
    "bdremux",
    "dvdrip",
    "dvdscr",
    "dvd5",
    "dvd9",
    "webdl",
    "webrip",
    "hdtv",
    "hdtvrip",
    "pdtv",
    "sdtv",
    "dsrip",
    "satrip",
    "dvbrip",
    "tvrip",
    "vhsrip",
    "vhs",
    "ldrip",
    "hdrip",
    "uhdrip",
    "hddvd",
    "remux",
    "x264",
    "x265",
    "h264",
    "h265",
    "hevc",
    "avc",
    "av1",
    "xvid",
    "divx",
    "mpeg2",
    "aac2",
    "ac3",
    "eac3",
    "ddp5",
    "ddp2",
    "dd5",
    "dd2",
    "dts",
    "dtshd",
    "truehd",
    "flac",
    "8bit",
    "10bit",
    "hdr10",
    "sdr",
    "cd1",
    "cd2",
    "cd3",
    "disc1",
    "disc2",
    "disc3",
    "ntsc",
    "dubbed",
    "subbed",
    "vostfr",
    "multisubs",
];

/// Words that belong to a release name only where they stand before one of [`RELEASE`].
const BEFORE_RELEASE: &[&str] = &[
    "web",
    "dvd",
    "bd",
    "uhd",
    "hdr",
    "dv",
    "ws",
    "pal",
    "proper",
    "repack",
    "rerip",
    "internal",
    "limited",
    "complete",
    "hybrid",
    "extended",
    "unrated",
    "uncut",
    "remastered",
    "imax",
    "multi",
    "dual",
    "dl",
    "german",
    "french",
    "truefrench",
    "italian",
    "ita",
    "eng",
    "spanish",
    "castellano",
    "nordic",
    "amzn",
    "nf",
    "dsnp",
    "hulu",
    "hmax",
    "atvp",
    "pcok",
    "pbs",
];

/// Articles that libraries put behind a title to sort by what follows.
const ARTICLES: &[&str] = &["The", "A", "An", "Der", "Die", "Das", "Le", "La", "Les", "El", "Los", "Las"];

/// A name as people write it: words apart by single blanks, without bracketed notes and release words.
pub(super) fn clean(name: &str) -> String {
    let bare = without_notes(name);
    let kept = title_words(if bare.trim_matches(is_edge).is_empty() { name } else { &bare });
    let kept = kept.join(" ");
    let bare = kept.trim_start_matches(is_edge).trim_end_matches(|c| c == '(' || is_end(c));
    // `Office, The`
    let (rest, article) = bare.rsplit_once(", ").unwrap_or((bare, ""));
    if ARTICLES.contains(&article) { format!("{article} {rest}") } else { bare.to_owned() }
}

/// The words of a name, separators resolved, release words and what follows them cut.
pub(super) fn title_words(name: &str) -> Vec<String> {
    let all = words(name);
    let cut = all.iter().skip(1).position(|word| is_release(word)).map_or(all.len(), |at| at + 1);
    let mut kept = all[..cut].to_vec();
    if cut < all.len() {
        while kept.len() > 1 && kept.last().is_some_and(|word| BEFORE_RELEASE.contains(&letters(word).as_str())) {
            kept.pop();
        }
    }
    kept
}

/// The words of a name. Dots separate words only where no blank does: `Mr. Bean` keeps its dot.
pub(super) fn words(name: &str) -> Vec<String> {
    let dots_separate = !name.trim().contains(' ');
    let is_separator = |c: char| c.is_whitespace() || c == '_' || (c == '.' && dots_separate);
    let words = name.split(is_separator).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    if dots_separate { joined(words) } else { words }
}

/// A name's words put together again, as [`words`] parts them.
fn joined(words: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(words.len());
    let mut words = words.into_iter().peekable();
    let is_letter = |word: &str| word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    while let Some(word) = words.next() {
        let next = words.peek().map_or("", String::as_str);
        // `H.264`
        if matches!(word.as_str(), "h" | "H" | "x" | "X") && (next.starts_with("264") || next.starts_with("265")) {
            kept.push(format!("{word}{}", words.next().unwrap_or_default()));
        // `M.A.S.H`
        } else if is_letter(&word) && is_letter(next) {
            let mut letters = format!("{word}.");
            while let Some(letter) = words.next_if(|word| is_letter(word)) {
                letters.push_str(&letter);
                letters.push('.');
            }
            kept.push(letters);
        } else {
            kept.push(word);
        }
    }
    kept
}

/// Whether a word tells how a file was made.
pub(super) fn is_release(word: &str) -> bool {
    let first = word.split_once('-').map_or(word, |(first, _)| first);
    [letters(word), letters(first)].iter().any(|word| RELEASE.contains(&word.as_str())) || is_picture_size(word)
}

/// `1920x1080`
fn is_picture_size(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let is_side = |side: &str| (3..=4).contains(&side.len()) && side.bytes().all(|byte| byte.is_ascii_digit());
    word.split_once('x').is_some_and(|(width, height)| is_side(width) && is_side(height))
}

/// Letters and digits alone, in lower case: for comparing names that are written differently.
pub(super) fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A name in lower case, its words apart by single blanks: for comparing folders with known words.
pub(super) fn plain(name: &str) -> String {
    name.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

/// The year that a word is.
pub(super) fn year(word: &str) -> Option<u32> {
    let is_number = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|year| is_number && YEARS.contains(year))
}

/// A name without its last `(1984)`, `[1984]` or `(1984-1989)`, in two parts, and that year.
pub(super) fn split_year(name: &str) -> Option<(&str, u32, &str)> {
    name.rmatch_indices(['(', '[']).find_map(|(open, _)| {
        let rest = &name[open + 1..];
        let close = rest.find([')', ']'])?;
        let inside = &rest[..close];
        let first = inside.get(..4)?;
        let is_span = inside[4..].chars().all(|c| c.is_ascii_digit() || "-– ".contains(c));
        year(first).filter(|_| is_span).map(|year| (&name[..open], year, &rest[close + 1..]))
    })
}

/// Without `{…}` and `[…]`, and without `(…)` that tells how the file was made.
pub(super) fn without_notes(name: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    let mut from = 0;
    while let Some(open) = kept[from..].find('(').map(|at| from + at) {
        let Some(close) = kept[open..].find(')').map(|at| open + at) else { break };
        if kept[open + 1..close].split([' ', '.', '_', ',']).any(is_release) {
            kept.replace_range(open..=close, "");
        } else {
            from = close;
        }
    }
    kept
}

/// The notes of a name: what stands in brackets of any shape.
pub(super) fn notes(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices(['[', '(', '{']).filter_map(|(open, _)| {
        let rest = &name[open + 1..];
        Some(&rest[..rest.find([']', ')', '}'])?])
    })
}

fn is_edge(c: char) -> bool {
    c.is_whitespace() || "-–—_.,;:[]{}".contains(c)
}

/// An edge that no sentence or abbreviation ends with.
fn is_end(c: char) -> bool {
    c != '.' && is_edge(c)
}
