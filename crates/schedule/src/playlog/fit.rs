//! Choosing what fills a room best.

/// The places of those of `lengths` that come nearest to `room` together without exceeding it. Of choices that are as
/// good, one that takes the earlier ones.
pub(super) fn best(lengths: &[i64], room: i64) -> Vec<usize> {
    let Ok(room) = usize::try_from(room) else { return Vec::new() };
    // what can be reached with each and all behind it
    let mut reached = vec![Sums::of_nothing(room)];
    for length in lengths.iter().rev() {
        let with = reached.last().map(|sums| sums.with(*length));
        reached.extend(with);
    }
    let mut chosen = Vec::new();
    let mut left = reached.last().map_or(0, Sums::greatest);
    for (at, length) in lengths.iter().enumerate() {
        let behind = &reached[lengths.len() - at - 1];
        let rest = usize::try_from(*length).ok().and_then(|length| left.checked_sub(length));
        if let Some(rest) = rest.filter(|rest| behind.hold(*rest)) {
            chosen.push(at);
            left = rest;
        }
    }
    chosen
}

/// Which sums can be reached, as bits from 0 to the room.
struct Sums {
    bits: Vec<u64>,
    room: usize,
}

impl Sums {
    fn of_nothing(room: usize) -> Self {
        let mut bits = vec![0; room / 64 + 1];
        bits[0] = 1;
        Self { bits, room }
    }

    fn with(&self, length: i64) -> Self {
        let mut bits = self.bits.clone();
        if let Ok(length) = usize::try_from(length)
            && length <= self.room
        {
            let (words, shift) = (length / 64, length % 64);
            let mut carried = 0;
            for (word, from) in bits[words..].iter_mut().zip(&self.bits) {
                *word |= from << shift | carried;
                carried = if shift > 0 { from >> (64 - shift) } else { 0 };
            }
        }
        Self { bits, room: self.room }
    }

    fn hold(&self, sum: usize) -> bool {
        sum <= self.room && self.bits[sum / 64] >> (sum % 64) & 1 == 1
    }

    fn greatest(&self) -> usize {
        (0..=self.room).rev().find(|sum| self.hold(*sum)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_room_is_filled_by_what_fits_best() {
        let check = |lengths: &[i64], room, expect: &[usize]| assert_eq!(best(lengths, room), expect, "{lengths:?}");
        check(&[], 10, &[]);
        check(&[11], 10, &[]);
        check(&[6, 5, 4], 10, &[0, 2]);
        check(&[6, 5, 5], 10, &[1, 2]);
        check(&[5, 5, 5], 10, &[0, 1]);
        check(&[900, 899, 450], 1349, &[1, 2]);
        check(&[64, 63, 1], 128, &[0, 1, 2]);
        check(&[3], -1, &[]);
    }

    proptest! {
        #[test]
        fn nothing_fills_it_better(lengths in prop::collection::vec(1i64..80, 0..9), room in 0i64..300) {
            let sum = |places: &[usize]| places.iter().map(|at| lengths[*at]).sum::<i64>();
            let all = (0..1u32 << lengths.len()).map(|mask| {
                sum(&(0..lengths.len()).filter(|at| mask >> at & 1 == 1).collect::<Vec<_>>())
            });
            let chosen = best(&lengths, room);
            prop_assert_eq!(sum(&chosen), all.filter(|sum| *sum <= room).max().unwrap_or(0));
        }
    }
}
