use proptest::prelude::*;

use super::*;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;

/// Stretches in milliseconds.
fn spans(all: &[(i64, i64)]) -> Vec<Interval> {
    all.iter().map(|(start, end)| Interval { start_ns: start * 1_000_000, end_ns: end * 1_000_000 }).collect()
}

/// What is found in a file of 20 minutes, in milliseconds and percent.
#[track_caller]
fn check(chosen: &[(&str, &str)], black: &[(i64, i64)], silence: &[(i64, i64)], expected: &[(i64, u8)]) {
    let chosen = chosen.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let found = find(&spans(black), &spans(silence), 20 * MINUTE, &Settings::of(&chosen));
    let told: Vec<(i64, u8)> = found.iter().map(|one| (one.at_ns / 1_000_000, one.confidence)).collect();
    assert_eq!(told, expected);
}

#[test]
fn black_and_silence_at_once_are_a_break() {
    check(&[], &[(300_000, 301_000)], &[(300_200, 301_200)], &[(300_600, 100)]);
    check(&[], &[(300_000, 300_200)], &[(300_000, 300_200)], &[(300_100, 68)]);
    // beside each other
    check(&[], &[(300_000, 300_500)], &[(300_900, 301_400)], &[(300_250, 60)]);
    check(&[("apart", "300ms")], &[(300_000, 300_500)], &[(300_900, 301_400)], &[]);
}

#[test]
fn one_of_them_alone_is_no_sure_sign() {
    check(&[], &[(300_000, 302_000)], &[(600_000, 602_000)], &[]);
    check(&[("confidence", "20")], &[(300_000, 302_000)], &[(600_000, 602_000)], &[(301_000, 40), (601_000, 30)]);
}

#[test]
fn the_ends_are_spared_and_of_a_short_file_less() {
    let everywhere = [(0, 1000), (30_000, 31_000), (600_000, 601_000), (1_170_000, 1_171_000), (1_199_000, 1_200_000)];
    check(&[], &everywhere, &everywhere, &[(600_500, 100)]);
    let (start, end) = (("spare_start", "10s"), ("spare_end", "10s"));
    check(&[start, end], &everywhere, &everywhere, &[(30_500, 100), (600_500, 100), (1_170_500, 100)]);
    let middle = spans(&[(4000, 6000)]);
    assert_eq!(find(&middle, &middle, 10 * SECOND, &Settings::of(&BTreeMap::new())).len(), 1);
}

#[test]
fn of_two_that_are_close_the_surer_one_stays() {
    let two = [(300_000, 300_300), (360_000, 361_000)];
    check(&[], &two, &two, &[(360_500, 100)]);
    check(&[("spacing", "30s")], &two, &two, &[(300_150, 72), (360_500, 100)]);
    check(&[("min_black", "500ms"), ("spacing", "30s")], &two, &two, &[(360_500, 100)]);
}

fn intervals() -> impl Strategy<Value = Vec<Interval>> {
    let one = (-SECOND..400 * MINUTE, -SECOND..20 * SECOND);
    prop::collection::vec(one.prop_map(|(start_ns, length)| Interval { start_ns, end_ns: start_ns + length }), 0..60)
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let span = 0..5 * MINUTE;
    (span.clone(), span.clone(), span.clone(), span.clone(), span.clone(), span, 0..=100_u8).prop_map(
        |(black, silence, apart_ns, spacing_ns, spare_start_ns, spare_end_ns, confidence)| Settings {
            min_black_ns: black % (3 * SECOND),
            min_silence_ns: silence % (3 * SECOND),
            apart_ns: apart_ns % (10 * SECOND),
            spacing_ns,
            spare_start_ns,
            spare_end_ns,
            confidence,
        },
    )
}

proptest! {
    #[test]
    fn breaks_are_in_order_inside_spaced_and_sure(
        black in intervals(),
        silence in intervals(),
        duration_ns in 1..400 * MINUTE,
        settings in any_settings(),
    ) {
        let found = find(&black, &silence, duration_ns, &settings);
        for pair in found.windows(2) {
            prop_assert!(pair[1].at_ns > pair[0].at_ns);
            prop_assert!(pair[1].at_ns - pair[0].at_ns >= settings.spacing_ns);
        }
        for one in &found {
            prop_assert!(one.at_ns > 0 && one.at_ns < duration_ns);
            prop_assert!(one.at_ns >= settings.spare_start_ns.min(duration_ns / SPARED_PART));
            prop_assert!(one.at_ns <= duration_ns - settings.spare_end_ns.min(duration_ns / SPARED_PART));
            prop_assert!((settings.confidence..=100).contains(&one.confidence));
        }
        let (mut other_black, mut other_silence) = (black, silence);
        other_black.reverse();
        other_silence.reverse();
        prop_assert_eq!(&find(&other_black, &other_silence, duration_ns, &settings), &found);
    }

    #[test]
    fn black_and_silence_around_one_instant_are_a_break_there(
        at in 2 * MINUTE..18 * MINUTE,
        black in 200_000_000..5 * SECOND,
        silence in 200_000_000..5 * SECOND,
    ) {
        let around = |length: i64| [Interval { start_ns: at - length / 2, end_ns: at + length / 2 }];
        let found = find(&around(black), &around(silence), 20 * MINUTE, &Settings::of(&BTreeMap::new()));
        prop_assert_eq!(found.iter().map(|one| one.at_ns).collect::<Vec<_>>(), [at]);
    }
}
