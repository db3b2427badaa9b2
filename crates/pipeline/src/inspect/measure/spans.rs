//! Stretches in which something holds.

use super::super::Interval;

/// Shorter ones are joins within a programme: breaks between acts are black or silent for longer.
pub(super) const LEAST_NS: i64 = 200_000_000;

/// As many as a day has at one a second; a file with more blinks.
const MOST: usize = 86_400;

/// Collects the stretches of [`LEAST_NS`] or more, told in order when each begins and ends.
#[derive(Debug, Default)]
pub(super) struct Spans {
    since_ns: Option<i64>,
    done: Vec<Interval>,
}

impl Spans {
    /// From `at_ns` on it holds, or does not.
    pub(super) fn turn(&mut self, at_ns: i64, holds: bool) {
        match self.since_ns {
            None if holds => self.since_ns = Some(at_ns),
            Some(start_ns) if !holds => {
                self.since_ns = None;
                if at_ns - start_ns >= LEAST_NS && self.done.len() < MOST {
                    self.done.push(Interval { start_ns, end_ns: at_ns });
                }
            }
            _ => {}
        }
    }

    /// All of them, where time ends at `end_ns`.
    pub(super) fn finish(&mut self, end_ns: i64) -> Vec<Interval> {
        self.turn(end_ns, false);
        std::mem::take(&mut self.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lasts_is_kept() {
        let ms = |ms: i64| ms * 1_000_000;
        let mut spans = Spans::default();
        for (at, holds) in [(0, true), (100, true), (199, false), (300, true), (350, true), (500, false), (900, true)] {
            spans.turn(ms(at), holds);
        }
        let told: Vec<_> = spans.finish(ms(2000)).iter().map(|one| (one.start_ns, one.end_ns)).collect();
        assert_eq!(told, [(ms(300), ms(500)), (ms(900), ms(2000))]);
    }
}
