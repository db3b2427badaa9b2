//! Episodes of several parts, which stay together whatever the order.

use crate::asset::Asset;

/// Whether `next` is the part right behind `asset`: the next episode of the same season, called the same but for the
/// number of its part.
pub(super) fn continues(asset: &Asset, next: &Asset) -> bool {
    let follows = asset.episode.zip(next.episode).is_some_and(|(episode, next)| episode.checked_add(1) == Some(next));
    let same_season = asset.series.is_some() && asset.series == next.series && asset.season == next.season;
    follows && same_season && {
        let parts = part(&asset.title).zip(part(&next.title));
        parts.is_some_and(|((title, number), (next_title, next))| {
            next == number + 1 && title.to_lowercase() == next_title.to_lowercase()
        })
    }
}

const WORDS: [[&str; 2]; 6] =
    [["i", "one"], ["ii", "two"], ["iii", "three"], ["iv", "four"], ["v", "five"], ["vi", "six"]];

/// A title without the number of its part, and that number: `The Menagerie (2)`, `Descent, Part II`.
fn part(title: &str) -> Option<(&str, usize)> {
    let text = title.trim_end().trim_end_matches(')');
    let (rest, last) = text.rsplit_once([' ', '('])?;
    let last = last.to_lowercase();
    let word = || WORDS.iter().position(|words| words.contains(&last.as_str())).map(|at| at + 1);
    let number = last.parse().ok().filter(|number| (1..100).contains(number)).or_else(word)?;
    let rest = rest.trim_end_matches([' ', '(']);
    let named = ["part", "pt.", "pt", "teil", "partie", "parte"].iter().find_map(|word| {
        let cut = rest.len().checked_sub(word.len()).filter(|cut| rest.is_char_boundary(*cut))?;
        rest[cut..].eq_ignore_ascii_case(word).then(|| &rest[..cut])
    });
    // a bare number belongs to the name, as in `Apollo 13`
    let base = match named {
        Some(base) => base,
        None if title.trim_end().ends_with(')') => rest,
        None => return None,
    };
    let base = base.trim_end_matches([' ', '(', ',', ':', '-', '–', '—']);
    (!base.is_empty()).then_some((base, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::episode;

    #[test]
    fn titles_tell_their_parts() {
        for (title, expect) in [
            ("The Menagerie (1)", Some(("The Menagerie", 1))),
            ("The Menagerie (2)", Some(("The Menagerie", 2))),
            ("Descent, Part II", Some(("Descent", 2))),
            ("Chain of Command: Part one", Some(("Chain of Command", 1))),
            ("Redemption (Part 2)", Some(("Redemption", 2))),
            ("Das Boot - Teil 3", Some(("Das Boot", 3))),
            ("Das Boot - Teil 12", Some(("Das Boot", 12))),
            ("Apollo 2", None),
            ("Part 2", None),
            ("(2)", None),
            ("Malcolm X", None),
            ("", None),
        ] {
            assert_eq!(part(title), expect, "{title:?}");
        }
    }

    #[test]
    fn parts_follow_one_another() {
        let titled = |number, title: &str| Asset { title: title.to_owned(), ..episode("a", 1, number, 60) };
        let first = titled(4, "Time's Arrow (1)");
        assert!(continues(&first, &titled(5, "TIME'S ARROW (2)")));
        assert!(!continues(&first, &titled(6, "Time's Arrow (2)")), "another episode lies between");
        assert!(!continues(&first, &titled(5, "Time's Arrow (3)")));
        assert!(!continues(&first, &titled(5, "Realm of Fear (2)")));
        assert!(!continues(&first, &Asset { season: Some(2), ..titled(5, "Time's Arrow (2)") }));
    }
}
