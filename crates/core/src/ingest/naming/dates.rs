//! Days in file names: `2024-05-01`, `2024.05.01`, `20240501`, `01.05.2024`.

use jiff::civil::Date;

use super::episode::starts;

/// From the first broadcasts on; what lies outside is a number.
const YEARS: std::ops::RangeInclusive<i16> = 1936..=2099;

/// Where a name tells a day, in bytes, and which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dated {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) day: Date,
}

/// The first day in a name.
pub(super) fn find(stem: &str) -> Option<Dated> {
    starts(stem).find_map(|start| {
        let (length, day) = read(&stem[start..])?;
        Some(Dated { start, end: start + length, day })
    })
}

/// The day that a text begins with, and its length in bytes.
pub(super) fn read(text: &str) -> Option<(usize, Date)> {
    let digits = |at: usize, count: usize| -> Option<i16> {
        let part = text.get(at..at + count)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
    };
    let separator = |at: usize| text.as_bytes().get(at).copied().filter(|byte| b"-._ ".contains(byte));
    let year_first = || {
        let between = separator(4)?;
        (separator(7) == Some(between)).then_some((10, digits(0, 4)?, digits(5, 2)?, digits(8, 2)?))
    };
    let day_first = || {
        (separator(2) == Some(b'.') && separator(5) == Some(b'.')).then_some((
            10,
            digits(6, 4)?,
            digits(3, 2)?,
            digits(0, 2)?,
        ))
    };
    let joined = || Some((8, digits(0, 4)?, digits(4, 2)?, digits(6, 2)?));
    let (length, year, month, day) = year_first().or_else(day_first).or_else(joined)?;
    let ends = !text[length..].starts_with(|c: char| c.is_ascii_digit());
    let day = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    (ends && YEARS.contains(&year)).then_some((length, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_where_they_are_days() {
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(find(name).map(|dated| dated.day.to_string()).as_deref(), expected, "{name}");
        };
        check("Show 2024-05-01", Some("2024-05-01"));
        check("Show.2024.05.01.Guest", Some("2024-05-01"));
        check("Show 20240501", Some("2024-05-01"));
        check("Tagesschau 01.05.2024", Some("2024-05-01"));
        check("Show 2024-13-01", None);
        check("Show 2024-02-30", None);
        check("Show 2024-05.01", None);
        check("Show 202405011", None);
        check("Show 12345678", None);
        check("Show 2024", None);
        check("Ä 2024-05-0", None);
    }
}
