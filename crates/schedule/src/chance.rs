//! Chance that is no chance: numbers that look like any others and come out the same everywhere.

/// FNV-1a of a text.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The number that stands at `index` of the series that `seed` names (SplitMix64).
pub(crate) fn draw(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number below `count`, each as likely as the others, from a drawn one. `count` is above 0.
pub(crate) fn below(drawn: u64, count: usize) -> usize {
    // by multiplication, which leaves no bias that anybody could see
    usize::try_from((u128::from(drawn) * count as u128) >> 64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_the_same_everywhere() {
        assert_eq!(hash("cheers-24-7"), 0x5c53_df1e_23b8_7d4c);
        // the first numbers that SplitMix64's own description gives for this seed
        assert_eq!([draw(1_234_567, 0), draw(1_234_567, 1)], [6_457_827_717_110_365_317, 3203168211198807973]);
    }

    #[test]
    fn numbers_below_are_all_met_about_as_often() {
        let mut met = [0; 10];
        (0..10_000).for_each(|index| met[below(draw(7, index), 10)] += 1);
        assert!(met.iter().all(|count| (900..1100).contains(count)), "{met:?}");
    }
}
