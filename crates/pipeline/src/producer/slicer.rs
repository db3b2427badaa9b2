//! Sound cut into frames of 1024 samples by count, on the segment's own line.

use std::collections::VecDeque;

use retrovue_timeline::SAMPLES_PER_FRAME;

use crate::encode::StereoFrame;

/// Stamps that deviate by less than 40 ms from the count of samples are jitter; beyond it something is missing or
/// too much.
const JITTER_SAMPLES: i64 = 48 * 40;

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
        Self { position: first, filled: first, end, expected: None, pieces: VecDeque::new() }
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
        self.expected = Some(end);
        let from = start.max(self.filled);
        let to = end.min(self.end);
        if from < to {
            self.silent_until(from);
            let index = |sample: i64| usize::try_from(sample - start).unwrap_or(0);
            self.pieces.push_back(Piece::Sound(samples[index(from)..index(to)].iter().copied().collect()));
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

    /// The next frame, if all of it is there.
    pub(super) fn next_frame(&mut self) -> Option<StereoFrame> {
        if self.filled - self.position < SAMPLES_PER_FRAME {
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
            self.pieces.push_back(Piece::Silence(sample - self.filled));
            self.filled = sample;
        }
    }
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
        slicer.samples(Some(2048 + 2000), &numbered(9000, 512));
        slicer.end_of_sound();
        let got = all(&mut slicer);
        assert_eq!(got[..2048], (1..=2048).collect::<Vec<i64>>());
        assert!(got[2048..4048].iter().all(|sample| *sample == 0));
        assert_eq!(got[4048..4560], (9000..9512).collect::<Vec<i64>>());
        assert!(got[4560..].iter().all(|sample| *sample == 0));
        assert_eq!(got.len(), 6 * 1024);
    }

    #[test]
    fn sound_that_overlaps_is_dropped_once() {
        let mut slicer = Slicer::new(0, 4);
        slicer.samples(Some(0), &numbered(1, 2048));
        slicer.samples(Some(0), &numbered(1, 4096));
        assert_eq!(all(&mut slicer), (1..=4096).collect::<Vec<i64>>());
    }

    #[test]
    fn before_the_start_and_after_a_broken_stamp_is_silence() {
        let mut slicer = Slicer::new(-100, 2);
        slicer.samples(Some(0), &numbered(1, 10));
        slicer.samples(Some(i64::MAX / 2), &numbered(5, 10));
        assert!(slicer.next_frame().is_none());
        slicer.silent_frames(1);
        let first = slicer.next_frame().unwrap();
        assert_eq!((first[99][0], first[100][0], first[110][0]), (0.0, 1.0, 0.0));
        slicer.end_of_sound();
        assert!(slicer.next_frame().is_some());
        assert!(slicer.next_frame().is_none() && slicer.is_complete());
    }
}
