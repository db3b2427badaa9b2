//! Words of file names: separators, years, and what release names carry beside the title.

/// From the first film to any that will be announced in this program's life.
const YEARS: std::ops::RangeInclusive<u32> = 1888..=2099;

/// Words that no title holds: from the first one on, a name tells how the file was made.
const RELEASE: &[&str] = &[
    "480p", "480i", "540p", "576p", "576i", "720p", "1080p", "1080i", "2160p", "bluray", "bdrip", "brrip", "dvdrip",
    "dvdscr", "webdl", "webrip", "hdtv", "pdtv", "dsrip", "tvrip", "vhsrip", "hdrip", "remux", "x264", "x265", "h264",
    "h265", "hevc", "xvid", "divx", "aac2", "ac3", "dts", "10bit", "hdr10",
];

/// Words that belong to a release name only where they stand before one of [`RELEASE`].
const BEFORE_RELEASE: &[&str] =
    &["web", "dvd", "proper", "repack", "internal", "extended", "unrated", "remastered", "uhd", "amzn", "nf"];

/// A name as people write it: words apart by single blanks, without bracketed notes and release words.
pub(super) fn clean(name: &str) -> String {
    let bare = without_notes(name);
    let kept = title_words(if bare.trim_matches(is_edge).is_empty() { name } else { &bare });
    kept.join(" ").trim_start_matches(is_edge).trim_end_matches(|c| c == '(' || is_edge(c)).to_owned()
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
    name.split(is_separator).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether a word tells how a file was made.
pub(super) fn is_release(word: &str) -> bool {
    let first = word.split_once('-').map_or(word, |(first, _)| first);
    [letters(word), letters(first)].iter().any(|word| RELEASE.contains(&word.as_str()))
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

/// Without `{…}` and `[…]`.
fn without_notes(name: &str) -> String {
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
    kept
}

fn is_edge(c: char) -> bool {
    c.is_whitespace() || "-–—_.,;:[]{}".contains(c)
}
