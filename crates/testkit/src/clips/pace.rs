//! When the pictures of a clip begin.

use retrovue_timeline::FrameRate;

/// How a clip's pictures follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// At the clip's rate.
    Constant,
    /// As a phone records: on average the clip's rate, each picture some milliseconds off, whole milliseconds, and one
    /// picture of 400 ms where it lost some.
    Phone,
    /// Film at the clip's rate on fields of two and a half times that: pictures last two and three fields by turns.
    Pulldown,
}

/// The intervals of a clip's pictures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    rate: FrameRate,
    pace: Pace,
}

/// Pictures of a phone are this far from even, in milliseconds, four by turns.
const PHONE_JITTER_MS: [i128; 4] = [0, 9, -6, 4];

/// From this picture on, a phone's are later by [`PHONE_GAP_MS`].
const PHONE_GAP_AT: i64 = 61;

const PHONE_GAP_MS: i128 = 365;

impl Timing {
    pub(super) fn new(rate: FrameRate, pace: Pace) -> Self {
        Self { rate, pace }
    }

    /// When picture `number` begins, in seconds as a fraction.
    pub fn start(self, number: i64) -> (i128, i128) {
        let (num, den, n) = (i128::from(self.rate.num()), i128::from(self.rate.den()), i128::from(number));
        match self.pace {
            Pace::Constant => (n * den, num),
            Pace::Phone => {
                let even_ms = n * (1000 * den / num);
                let late_ms = if number >= PHONE_GAP_AT { PHONE_GAP_MS } else { 0 };
                (even_ms + PHONE_JITTER_MS[number.rem_euclid(4) as usize] + late_ms, 1000)
            }
            Pace::Pulldown => (2 * den * (5 * n.div_euclid(2) + 2 * n.rem_euclid(2)), 5 * num),
        }
    }

    /// The picture whose interval contains a time, given in seconds as a fraction.
    pub fn picture_at(self, (num, den): (i128, i128)) -> i64 {
        let begun = |number: i64| {
            let (start, base) = self.start(number);
            start * den <= num * base
        };
        // near enough: no pace strays by more than a second from its rate
        let even = (num * i128::from(self.rate.num())).div_euclid(den * i128::from(self.rate.den()));
        let mut number = i64::try_from(even).unwrap_or(i64::MAX - 1);
        while !begun(number) {
            number -= 1;
        }
        while begun(number + 1) {
            number += 1;
        }
        number
    }

    /// Whether picture `number` covers a whole second.
    pub(super) fn flashes(self, number: i64) -> bool {
        let ((start, den), (end, end_den)) = (self.start(number), self.start(number + 1));
        let second = -(-start).div_euclid(den);
        second * end_den < end
    }

    /// What `setpts` of ffmpeg is to make of evenly numbered pictures, in milliseconds; `None` where nothing.
    pub(super) fn stamps_ms(self) -> Option<String> {
        let even_ms = 1000 * self.rate.den() / self.rate.num();
        let [_, first, second, third] = PHONE_JITTER_MS;
        let jitter = format!("eq(mod(N,4),1)*({first})+eq(mod(N,4),2)*({second})+eq(mod(N,4),3)*({third})");
        (self.pace == Pace::Phone).then(|| format!("N*{even_ms}+{jitter}+gte(N,{PHONE_GAP_AT})*{PHONE_GAP_MS}"))
    }
}

impl From<FrameRate> for Timing {
    fn from(rate: FrameRate) -> Self {
        Self { rate, pace: Pace::Constant }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_found_at_its_start_and_until_the_next() {
        let rate = FrameRate::HOUSE[0];
        for pace in [Pace::Constant, Pace::Phone, Pace::Pulldown] {
            let timing = Timing::new(rate, pace);
            for number in 0..150 {
                let (start, den) = timing.start(number);
                assert_eq!(timing.picture_at((start, den)), number, "{pace:?}");
                assert_eq!(timing.picture_at((2 * start - 1, 2 * den)), number - 1, "{pace:?}");
            }
        }
    }

    #[test]
    fn film_lasts_two_and_three_fields_by_turns() {
        let timing = Timing::new(FrameRate::HOUSE[1], Pace::Pulldown);
        let fields: Vec<i128> = (0..5).map(|number| timing.start(number)).map(|(num, den)| num * 60 / den).collect();
        assert_eq!(fields, [0, 2, 5, 7, 10]);
    }
}
