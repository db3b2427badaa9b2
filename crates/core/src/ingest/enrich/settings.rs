//! Settings of enrichers: which ones a kind has, what they may be, and what they are where nobody chose.
//!
//! A setting is a word. It is kept as it is written shortest, and only where it differs from the kind's own, so that what
//! means the same is the same.

use std::collections::BTreeMap;

use retrovue_store::library::EnricherKind;
use serde_json::Value;

use crate::failure::Failure;

/// A setting of a kind of enricher.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    default: &'static str,
    range: Range,
}

/// What a setting may be.
#[derive(Clone, Copy, Debug)]
enum Range {
    /// A length of time, in milliseconds.
    Span(u64, u64),
    /// 0 to 100.
    Percent,
    /// `true` or `false`.
    Choice,
}

const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

const fn setting(name: &'static str, default: &'static str, range: Range) -> Setting {
    Setting { name, default, range }
}

/// Whether `tvshow.nfo` tells of episodes.
const NFO: &[Setting] = &[setting("series", "true", Range::Choice)];

/// Whether backdrops are looked for.
const ARTWORK: &[Setting] = &[setting("fanart", "true", Range::Choice)];

/// Air tells black and silence from 200 ms on.
const BREAKS: &[Setting] = &[
    setting("min_black", "200ms", Range::Span(200, 10_000)),
    setting("min_silence", "200ms", Range::Span(200, 10_000)),
    setting("apart", "500ms", Range::Span(0, 10_000)),
    setting("spacing", "3m", Range::Span(1000, 3_600_000)),
    setting("spare_start", "1m", Range::Span(0, 3_600_000)),
    setting("spare_end", "1m", Range::Span(0, 3_600_000)),
    setting("confidence", "50", Range::Percent),
];

/// The settings that a kind has.
pub fn of(kind: EnricherKind) -> &'static [Setting] {
    match kind {
        EnricherKind::Nfo => NFO,
        EnricherKind::Artwork => ARTWORK,
        EnricherKind::Breaks => BREAKS,
        EnricherKind::FileName | EnricherKind::Probe | EnricherKind::Chapters | EnricherKind::Loudness => &[],
    }
}

/// The setting of that name, and `value` as it is kept; none where it is the kind's own.
///
/// # Errors
/// `enricher_setting_unknown`, `enricher_setting_invalid`
pub fn checked(kind: EnricherKind, name: &str, value: &Value) -> Result<(&'static str, Option<String>), Failure> {
    let setting = named(kind, name)?;
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    let word = setting.range.read(&text).ok_or_else(|| {
        Failure::refused("enricher_setting_invalid", format!("{text:?} is no {name} of {kind}"))
            .hint(format!("write {}", setting.range.says()))
    })?;
    Ok((setting.name, Some(word).filter(|word| word != setting.default)))
}

/// The setting of that name.
///
/// # Errors
/// `enricher_setting_unknown`
pub fn named(kind: EnricherKind, name: &str) -> Result<&'static Setting, Failure> {
    of(kind).iter().find(|setting| setting.name == name).ok_or_else(|| {
        let failure = Failure::refused("enricher_setting_unknown", format!("{kind} has no setting called {name:?}"));
        let known: Vec<&str> = of(kind).iter().map(|setting| setting.name).collect();
        let near = known
            .iter()
            .copied()
            .max_by(|one, other| strsim::jaro_winkler(one, name).total_cmp(&strsim::jaro_winkler(other, name)));
        match near.filter(|near| strsim::jaro_winkler(near, name) > 0.75) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None if known.is_empty() => failure.hint("it has none"),
            None => failure.hint(format!("it has {}", known.join(", "))),
        }
    })
}

/// All settings of a kind as they hold.
pub fn effective(kind: EnricherKind, chosen: &BTreeMap<String, String>) -> BTreeMap<String, Value> {
    let held = of(kind).iter().map(|setting| {
        let word = chosen.get(setting.name).map_or(setting.default, String::as_str);
        let value = match setting.range {
            Range::Span(..) => Value::from(word),
            Range::Percent => word.parse::<u8>().map_or(Value::Null, Value::from),
            Range::Choice => Value::from(word == "true"),
        };
        (setting.name.to_owned(), value)
    });
    held.collect()
}

/// A length of time as it holds, in nanoseconds.
pub fn span_ns(kind: EnricherKind, chosen: &BTreeMap<String, String>, name: &str) -> i64 {
    let ms = held(kind, chosen, name).and_then(span_ms).unwrap_or_default();
    i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000_000)
}

/// A part of a hundred as it holds.
pub fn percent(kind: EnricherKind, chosen: &BTreeMap<String, String>, name: &str) -> u8 {
    held(kind, chosen, name).and_then(|word| word.parse().ok()).unwrap_or_default()
}

/// A choice as it holds.
pub fn choice(kind: EnricherKind, chosen: &BTreeMap<String, String>, name: &str) -> bool {
    held(kind, chosen, name) == Some("true")
}

fn held<'a>(kind: EnricherKind, chosen: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    let default = of(kind).iter().find(|setting| setting.name == name).map(|setting| setting.default);
    chosen.get(name).map(String::as_str).or(default)
}

impl Range {
    /// A word as it is kept.
    fn read(self, text: &str) -> Option<String> {
        match self {
            Range::Span(least, most) => {
                let ms = span_ms(text).filter(|ms| (least..=most).contains(ms))?;
                Some(span_word(ms))
            }
            Range::Percent => text.parse::<u8>().ok().filter(|part| *part <= 100).map(|part| part.to_string()),
            Range::Choice => matches!(text, "true" | "false").then(|| text.to_owned()),
        }
    }

    fn says(self) -> String {
        match self {
            Range::Span(least, most) => {
                format!("a length of time from {} to {}, as 300ms, 2s or 3m", span_word(least), span_word(most))
            }
            Range::Percent => "a whole number from 0 to 100".to_owned(),
            Range::Choice => "true or false".to_owned(),
        }
    }
}

/// Milliseconds of `300ms`, `2s`, `3m`, `1h`.
fn span_ms(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, ms) = UNITS.iter().find(|(known, _)| *known == unit.trim())?;
    number.parse::<u64>().ok()?.checked_mul(*ms)
}

/// Milliseconds as they are written shortest.
fn span_word(ms: u64) -> String {
    let (unit, size) = UNITS.iter().find(|(_, size)| ms > 0 && ms.is_multiple_of(*size)).unwrap_or(&("s", 1000));
    format!("{}{unit}", ms / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: EnricherKind, name: &str, value: Value, expected: Result<Option<&str>, (&str, &str)>) {
        let kept = checked(kind, name, &value).map(|(_, word)| word);
        let told =
            kept.as_ref().map(Option::as_deref).map_err(|failure| (failure.code.as_str(), failure.hint.as_str()));
        assert_eq!(told, expected, "{name} = {value}");
    }

    #[test]
    fn settings_are_kept_as_they_are_written_shortest() {
        use EnricherKind::{Breaks, Nfo, Probe};
        check(Breaks, "min_black", "300ms".into(), Ok(Some("300ms")));
        check(Breaks, "min_black", " 1000 ms ".into(), Ok(Some("1s")));
        check(Breaks, "spacing", "180s".into(), Ok(None));
        check(Breaks, "spare_end", "0ms".into(), Ok(Some("0s")));
        check(Breaks, "confidence", 70.into(), Ok(Some("70")));
        check(Breaks, "confidence", "50".into(), Ok(None));
        check(Nfo, "series", false.into(), Ok(Some("false")));
        let invalid = "enricher_setting_invalid";
        let span = "write a length of time from 200ms to 10s, as 300ms, 2s or 3m";
        for wrong in ["100ms", "11s", "300", "ms", "-1s", "99999999999999999999h", "1.5s", ""] {
            check(Breaks, "min_black", wrong.into(), Err((invalid, span)));
        }
        check(Breaks, "confidence", 101.into(), Err((invalid, "write a whole number from 0 to 100")));
        check(Nfo, "series", "yes".into(), Err((invalid, "write true or false")));
        let unknown = "enricher_setting_unknown";
        check(Breaks, "min_blak", "1s".into(), Err((unknown, "did you mean min_black?")));
        check(Nfo, "colour", "1s".into(), Err((unknown, "it has series")));
        check(Probe, "colour", "1s".into(), Err((unknown, "it has none")));
    }

    #[test]
    fn what_a_kind_has_of_its_own_is_allowed_and_written_shortest() {
        for kind in EnricherKind::ALL {
            for setting in of(kind) {
                assert_eq!(setting.range.read(setting.default).as_deref(), Some(setting.default), "{}", setting.name);
            }
        }
    }
}
