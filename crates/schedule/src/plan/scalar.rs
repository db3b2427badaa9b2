//! Times, durations and other small texts of the language. Errors are sentences that say what is expected.

use std::time::Duration;

use jiff::civil::Time;

/// A day as clocks show it.
pub(super) const DAY_SECONDS: u32 = 24 * 3600;

const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// `06:00` or `06:00:30`.
pub(super) fn time(text: &str) -> Option<Time> {
    let seconds = seconds_of_day(text)?;
    from_seconds(seconds)
}

/// A time that ends something: `24:00` is midnight.
pub(super) fn end_time(text: &str) -> Option<Time> {
    let seconds = seconds_of_day(text)?;
    from_seconds(seconds % DAY_SECONDS)
}

/// Seconds since local midnight.
pub(super) fn seconds_since_midnight(time: Time) -> u32 {
    let part = |value: i8| u32::try_from(value).unwrap_or(0);
    part(time.hour()) * 3600 + part(time.minute()) * 60 + part(time.second())
}

/// `1h30m`, `90s`, `500ms`: each unit at most once, larger ones first.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut units = UNITS.iter();
    let mut total = 0u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters = rest[digits..].bytes().take_while(u8::is_ascii_lowercase).count();
        let count: u64 = rest[..digits].parse().ok()?;
        let (_, millis) = units.by_ref().find(|(unit, _)| *unit == &rest[digits..digits + letters])?;
        total = total.checked_add(count.checked_mul(*millis)?)?;
        rest = &rest[digits + letters..];
    }
    Some(Duration::from_millis(total))
}

/// A duration as a channel file writes it.
pub(crate) fn show_duration(duration: Duration) -> String {
    let mut millis = duration.as_millis();
    let mut text = String::new();
    for (unit, size) in UNITS {
        let count = millis / u128::from(size);
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
            millis %= u128::from(size);
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// `06:00`, with seconds where there are some.
pub(crate) fn show_time(time: Time) -> String {
    let seconds = if time.second() == 0 { String::new() } else { format!(":{:02}", time.second()) };
    format!("{:02}:{:02}{seconds}", time.hour(), time.minute())
}

/// Lower-case letters, digits and inner hyphens, at most 63: a DNS label, so that it fits every URL.
pub(super) fn is_slug(text: &str) -> bool {
    let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with('-') && !text.ends_with('-')
}

/// A text of up to so many characters on one line.
pub(super) fn line(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    let fits = (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// The nearest slug to `text`; may be empty.
pub(crate) fn slug_of(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if c != '\'' && c != '’' && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(63);
    slug.trim_end_matches('-').to_owned()
}

/// A channel number: `7` or `2.1`, up to five digits each.
pub(super) fn is_number(text: &str) -> bool {
    let digits = |part: &str| (1..=5).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit());
    match text.split_once('.') {
        Some((major, minor)) => digits(major) && digits(minor),
        None => digits(text),
    }
}

/// `1280x720`: width and height in pixels, not yet judged.
pub(super) fn size(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once(['x', 'X', '×'])?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

fn seconds_of_day(text: &str) -> Option<u32> {
    let mut parts = text.trim().split(':');
    let mut next = |limit: u32| {
        let part = parts.next()?;
        let plain = (1..=2).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit());
        part.parse::<u32>().ok().filter(|value| plain && *value < limit)
    };
    let (hours, minutes) = (next(25)?, next(60)?);
    let seconds = if text.matches(':').count() > 1 { next(60)? } else { 0 };
    let total = hours * 3600 + minutes * 60 + seconds;
    (parts.next().is_none() && total <= DAY_SECONDS).then_some(total)
}

fn from_seconds(seconds: u32) -> Option<Time> {
    let part = |value: u32| i8::try_from(value).ok();
    Time::new(part(seconds / 3600)?, part(seconds / 60 % 60)?, part(seconds % 60)?, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let check = |text, expect: Option<&str>| assert_eq!(time(text).map(show_time).as_deref(), expect, "{text:?}");
        check("06:00", Some("06:00"));
        check("6:00", Some("06:00"));
        check("23:59:30", Some("23:59:30"));
        for bad in ["24:00", "06:60", "6", "", "06:00:00:00", "six", "-1:00", "06:0x", "006:00", "+6:00"] {
            check(bad, None);
        }
        assert_eq!(end_time("24:00").map(show_time).as_deref(), Some("00:00"));
        assert_eq!(end_time("24:01"), None);
    }

    #[test]
    fn durations_have_units() {
        let check =
            |text, expect: Option<u64>| assert_eq!(duration(text), expect.map(Duration::from_millis), "{text:?}");
        check("30m", Some(1_800_000));
        check("1h30m", Some(5_400_000));
        check("90s", Some(90_000));
        check("500ms", Some(500));
        check("14h", Some(50_400_000));
        check("1h1m1s1ms", Some(3_661_001));
        for bad in
            ["", "30", "m", "30M", "1m1h", "1h1h", "1.5h", "-1h", "99999999999999999999h", "9999999999999999h", "1ü"]
        {
            check(bad, None);
        }
        assert_eq!(show_duration(Duration::from_millis(5_400_500)), "1h30m500ms");
    }

    #[test]
    fn slugs_fit_urls() {
        for good in ["a", "cheers-24-7", &"a".repeat(63)] {
            assert!(is_slug(good), "{good:?}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "ä", &"a".repeat(64)] {
            assert!(!is_slug(bad), "{bad:?}");
        }
        assert_eq!(slug_of("Bob's Burgers: (2011)"), "bobs-burgers-2011");
        assert_eq!(slug_of("日本"), "");
    }

    #[test]
    fn numbers_keep_their_text() {
        for good in ["7", "2.1", "2.10", "12345.54321"] {
            assert!(is_number(good), "{good:?}");
        }
        for bad in ["", "2.", ".1", "2.1.1", "123456", "two", "-1"] {
            assert!(!is_number(bad), "{bad:?}");
        }
    }
}
