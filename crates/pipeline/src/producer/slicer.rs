//! Sound cut into frames of 1024 samples by count, on the segment's own line.

use std::collections::VecDeque;

use retrovue_timeline::{SAMPLE_RATE, SAMPLES_PER_FRAME};

use crate::encode::StereoFrame;

/// Stamps that deviate by less than 40 ms from the count of samples are jitter; beyond it something is missing or
/// too much.
const JITTER_SAMPLES: i64 = 48 * 40;

/// Sound rises and falls over 5 ms where silence is next to it or where it jumps: a step would be a click.
const RAMP: usize = SAMPLE_RATE as usize / 200;

const FRAME: usize = SAMPLES_PER_FRAME as usize;

/// Cuts a given number of frames out of the asset's sound. What is missing is silence, what is too much is dropped.
pub(super) struct Slicer {
    /// The asset's sample that comes next.
    position: i64,
    /// The asset's sample after all of `pieces`.
    filled: i64,
    /// The asset's sample after the segment's last one.
    end: i64,
    /// The sample that should come next from the file.
    expected: Option<i64>,
    /// What comes next does not go on from what is there.
    jumped: bool,
    /// Samples of sound since silence or a jump, up to [`RAMP`].
    risen: usize,
    pieces: VecDeque<Piece>,
}

/// Silence is only counted, since a broken stamp may ask for hours of it.
enum Piece {
    Silence(i64),
    Sound(VecDeque<[f32; 2]>),
}

impl Slicer {
    /// `frames` frames from the asset's sample `first` on, which may lie before its start.
    pub(super) fn new(first: i64, frames: i64) -> Self {
        let end = first + frames.max(0) * SAMPLES_PER_FRAME;
        Self {
            position: first,
            filled: first,
            end,
            expected: None,
            jumped: false,
            risen: RAMP,
            pieces: VecDeque::new(),
        }
    }

    /// Samples of the asset, of which the first is stamped as its sample `stamp`; without one they follow those
    /// before them.
    pub(super) fn samples(&mut self, stamp: Option<i64>, samples: &[[f32; 2]]) {
        let start = match (self.expected, stamp) {
            (Some(expected), Some(stamp)) if (stamp - expected).abs() >= JITTER_SAMPLES => stamp,
            (Some(expected), _) => expected,
            (None, Some(stamp)) => stamp,
            (None, None) => 0,
        };
        let end = start.saturating_add(i64::try_from(samples.len()).unwrap_or(i64::MAX));
        self.jumped |= self.expected.is_some_and(|expected| expected != start);
        self.expected = Some(end);
        let from = start.max(self.filled);
        let to = end.min(self.end);
        if from < to {
            if std::mem::take(&mut self.jumped) && from == self.filled {
                self.fall();
            }
            self.silent_until(from);
            let index = |sample: i64| usize::try_from(sample - start).unwrap_or(0);
            self.sound(&samples[index(from)..index(to)]);
            self.filled = to;
        }
    }

    /// Silence for `frames` frames.
    pub(super) fn silent_frames(&mut self, frames: i64) {
        self.silent_until(self.filled.saturating_add(frames.saturating_mul(SAMPLES_PER_FRAME)));
    }

    /// Nothing more will come: the rest is silence.
    pub(super) fn end_of_sound(&mut self) {
        self.silent_until(self.end);
    }

    /// The next frame, if all of it is there, and where sound may yet have to fall, that too.
    pub(super) fn next_frame(&mut self) -> Option<StereoFrame> {
        let held = match self.pieces.back() {
            Some(Piece::Sound(_)) if self.filled < self.end => RAMP as i64,
            _ => 0,
        };
        if self.filled - held - self.position < SAMPLES_PER_FRAME {
            return None;
        }
        let mut frame = [[0.0; 2]; FRAME];
        let mut done = 0;
        while done < FRAME {
            done += match self.pieces.front_mut()? {
                Piece::Silence(left) => {
                    let taken = usize::try_from(*left).unwrap_or(FRAME).min(FRAME - done);
                    *left -= i64::try_from(taken).unwrap_or(0);
                    taken
                }
                Piece::Sound(left) => {
                    let taken = left.len().min(FRAME - done);
                    for (slot, sample) in frame[done..].iter_mut().zip(left.drain(..taken)) {
                        *slot = sample;
                    }
                    taken
                }
            };
            if done < FRAME {
                self.pieces.pop_front();
            }
        }
        self.position += SAMPLES_PER_FRAME;
        Some(frame)
    }

    /// Whether every frame has been given.
    pub(super) fn is_complete(&self) -> bool {
        self.position >= self.end
    }

    fn silent_until(&mut self, sample: i64) {
        let sample = sample.min(self.end);
        if sample > self.filled {
            self.fall();
            self.pieces.push_back(Piece::Silence(sample - self.filled));
            self.filled = sample;
        }
    }

    fn sound(&mut self, samples: &[[f32; 2]]) {
        if !matches!(self.pieces.back(), Some(Piece::Sound(_))) {
            self.pieces.push_back(Piece::Sound(VecDeque::new()));
        }
        let Some(Piece::Sound(piece)) = self.pieces.back_mut() else { return };
        let (rising, risen) = samples.split_at(samples.len().min(RAMP - self.risen));
        piece.extend(rising.iter().zip(self.risen..).map(|(sample, n)| ramped(*sample, n, RAMP)));
        piece.extend(risen);
        self.risen += rising.len();
    }

    /// Sound ends here, and what comes next rises.
    fn fall(&mut self) {
        if let Some(Piece::Sound(piece)) = self.pieces.back_mut() {
            let length = piece.len().min(RAMP);
            for (n, sample) in piece.iter_mut().rev().take(length).enumerate() {
                *sample = ramped(*sample, n, length);
            }
        }
        self.risen = 0;
    }
}

/// The sample `n` of a ramp.
fn ramped(sample: [f32; 2], n: usize, length: usize) -> [f32; 2] {
    sample.map(|value| value * (n as f32 + 0.5) / length as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples that carry their own number.
    fn numbered(from: i64, count: i64) -> Vec<[f32; 2]> {
        (from..from + count).map(|n| [n as f32, -n as f32]).collect()
    }

    fn all(slicer: &mut Slicer) -> Vec<i64> {
        std::iter::from_fn(|| slicer.next_frame()).flatten().map(|sample| sample[0] as i64).collect()
    }

    #[test]
    fn frames_hold_the_samples_of_their_place() {
        let mut slicer = Slicer::new(500, 2);
        slicer.samples(Some(0), &numbered(0, 1000));
        assert!(slicer.next_frame().is_none());
        slicer.samples(Some(1000), &numbered(1000, 5000));
        assert_eq!(all(&mut slicer), (500..500 + 2048).collect::<Vec<i64>>());
        assert!(slicer.is_complete());
    }

    #[test]
    fn jitter_is_ignored_and_gaps_are_silent() {
        let mut slicer = Slicer::new(0, 6);
        slicer.samples(Some(0), &numbered(1, 1024));
        slicer.samples(Some(1024 + 900), &numbered(1025, 1024));
        slicer.samples(Some(2048 + 2000), &numbered(9000, 1024));
        slicer.end_of_sound();
        let got = all(&mut slicer);
        assert_eq!(got[..2048 - RAMP], (1..=2048 - RAMP as i64).collect::<Vec<i64>>());
        assert!(got[2048..4048].iter().all(|sample| *sample == 0));
        let within = 4048 + RAMP..4048 + 1024 - RAMP;
        assert_eq!(got[within], (9000 + RAMP as i64..9000 + 1024 - RAMP as i64).collect::<Vec<i64>>());
        assert!(got[4048 + 1024..].iter().all(|sample| *sample == 0));
        assert_eq!(got.len(), 6 * 1024);
    }

    /// The largest step from one sample to the next.
    fn step(slicer: &mut Slicer) -> f32 {
        let samples: Vec<f32> = std::iter::from_fn(|| slicer.next_frame()).flatten().map(|sample| sample[0]).collect();
        samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn sound_rises_and_falls_where_it_is_broken() {
        let loud = |count| vec![[0.8_f32, -0.8]; count];
        let softly = 1.5 * 0.8 / RAMP as f32;
        // what is missing, in pieces that are smaller than a ramp
        let mut slicer = Slicer::new(0, 40);
        for n in 0..200 {
            slicer.samples(Some(n * 100 + n / 50 * 4000), &loud(100));
        }
        slicer.end_of_sound();
        assert!(step(&mut slicer) <= softly);
        // what runs dry, and comes late
        let mut slicer = Slicer::new(0, 20);
        slicer.samples(Some(0), &loud(3000));
        slicer.silent_frames(4);
        slicer.samples(Some(3000), &loud(20_000));
        assert!(step(&mut slicer) <= softly);
        // stamps that go back, and other sound with them
        let mut slicer = Slicer::new(0, 20);
        slicer.samples(Some(0), &loud(6000));
        slicer.samples(Some(0), &vec![[-0.8; 2]; 20_480]);
        assert!(step(&mut slicer) <= softly);
    }

    #[test]
    fn sound_that_overlaps_is_dropped_once() {
        let mut slicer = Slicer::new(0, 4);
        slicer.samples(Some(0), &numbered(1, 2048));
        slicer.samples(Some(0), &numbered(1, 4096));
        let got = all(&mut slicer);
        let around_the_join = 2048 - RAMP..2048 + RAMP;
        let expected = (0..4096).filter(|n| !around_the_join.contains(n));
        assert!(expected.map(|n| (got[n], n as i64 + 1)).all(|(got, expected)| got == expected));
    }

    #[test]
    fn before_the_start_and_after_a_broken_stamp_is_silence() {
        let mut slicer = Slicer::new(-100, 2);
        slicer.samples(Some(0), &numbered(1, 10));
        slicer.samples(Some(i64::MAX / 2), &numbered(5, 10));
        assert!(slicer.next_frame().is_none());
        slicer.silent_frames(1);
        let first = slicer.next_frame().unwrap();
        let loud = first.iter().map(|sample| sample[0] > 0.0);
        assert!(loud.eq((0..1024).map(|n| (100..110).contains(&n))));
        slicer.end_of_sound();
        assert!(slicer.next_frame().is_some());
        assert!(slicer.next_frame().is_none() && slicer.is_complete());
    }
}
