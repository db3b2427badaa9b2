//! Texts in the order that people expect: `Episode 2` before `episode 10`.

use std::cmp::Ordering;

/// Compares without regard to case, runs of digits by their value; texts that differ only in case or leading zeros are
/// told apart last, so that the order is total.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let (mut rest_a, mut rest_b) = (a, b);
    loop {
        let (digits_a, digits_b) = (leading_digits(rest_a), leading_digits(rest_b));
        if !digits_a.is_empty() && !digits_b.is_empty() {
            let (number_a, number_b) = (digits_a.trim_start_matches('0'), digits_b.trim_start_matches('0'));
            let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
            if order.is_ne() {
                return order;
            }
            (rest_a, rest_b) = (&rest_a[digits_a.len()..], &rest_b[digits_b.len()..]);
            continue;
        }
        let (mut chars_a, mut chars_b) = (rest_a.chars(), rest_b.chars());
        let order = match (chars_a.next(), chars_b.next()) {
            (None, None) => return a.cmp(b),
            (Some(a), Some(b)) => a.to_lowercase().cmp(b.to_lowercase()),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
        (rest_a, rest_b) = (chars_a.as_str(), chars_b.as_str());
    }
}

fn leading_digits(text: &str) -> &str {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    &text[..digits]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_by_value() {
        let check = |a, b| {
            assert_eq!(compare(a, b), Ordering::Less, "{a:?} {b:?}");
            assert_eq!(compare(b, a), Ordering::Greater, "{b:?} {a:?}");
        };
        check("episode 2", "Episode 10");
        check("a", "B");
        check("a", "ab");
        check("a1", "ab");
        check("a01b", "a1c");
        check("Show/S01E09.mkv", "Show/S01E10.mkv");
        check("99999999999999999999998", "99999999999999999999999");
        check("01", "1");
        check("Ä", "ä");
        assert_eq!(compare("x 1", "x 1"), Ordering::Equal);
    }
}
