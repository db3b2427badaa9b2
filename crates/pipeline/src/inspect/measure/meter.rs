//! How loud a track is as it is played, and where it is silent.

use ebur128::{EbuR128, Mode};
use gstreamer as gst;
use gstreamer_audio::AudioInfo;
use retrovue_timeline::SAMPLE_RATE;

use super::super::{Interval, Loudness};
use super::spans::Spans;
use crate::producer::downmix::Downmix;

/// −60 dBFS: below the noise of a tape, above the dither of a digital master.
const SILENT: f32 = 0.001;

/// 10 ms: fine enough for an edit, and no beat of a low tone has a zero that long.
const BLOCK: usize = 480;

/// Stamps are rounded, to a millisecond or more; a gap is longer.
const GAP_NS: i64 = 20_000_000;

/// Measures one audio track.
pub(super) struct Meter {
    is_default: bool,
    loudness: EbuR128,
    silence: Spans,
    /// Where the sound heard so far ends, in the asset's own time.
    end_ns: i64,
    layout: Option<(gst::Caps, Downmix)>,
}

impl Meter {
    /// Of a track that is the file's default one, or not.
    pub(super) fn new(is_default: bool) -> Result<Self, ebur128::Error> {
        let rate = u32::try_from(SAMPLE_RATE).unwrap_or(48_000);
        let loudness = EbuR128::new(2, rate, Mode::I | Mode::LRA | Mode::TRUE_PEAK)?;
        let mut silence = Spans::default();
        silence.turn(0, true);
        Ok(Self { is_default, loudness, silence, end_ns: 0, layout: None })
    }

    /// Takes samples at the house's rate that start at `at_ns`, or follow on where that is not known.
    pub(super) fn take(&mut self, sample: &gst::Sample, at_ns: Option<i64>) {
        let (Some(caps), Some(buffer)) = (sample.caps(), sample.buffer()) else { return };
        if self.layout.as_ref().is_none_or(|(known, _)| known.as_ref() != caps) {
            let Ok(info) = AudioInfo::from_caps(caps) else { return };
            self.layout = Some((caps.to_owned(), Downmix::of(&info)));
        }
        let (Some((_, downmix)), Ok(map)) = (&self.layout, buffer.map_readable()) else { return };
        let mixed = downmix.mix(&map);
        self.hear(&mixed, at_ns);
    }

    fn hear(&mut self, mixed: &[[f32; 2]], at_ns: Option<i64>) {
        // what is no number was made silence by the down-mix, so nothing here is refused
        let _ = self.loudness.add_frames_f32(mixed.as_flattened());
        let start_ns = at_ns.filter(|at| (at - self.end_ns).abs() > GAP_NS).unwrap_or(self.end_ns);
        if start_ns > self.end_ns {
            self.silence.turn(self.end_ns, true);
        }
        let mut samples = 0;
        for block in mixed.chunks(BLOCK) {
            let is_silent = block.as_flattened().iter().all(|value| value.abs() < SILENT);
            self.silence.turn(start_ns + nanos(samples), is_silent);
            samples += block.len();
        }
        self.end_ns = start_ns + nanos(samples);
    }

    /// What was heard, where the asset ends at `end_ns`.
    pub(super) fn finish(&mut self, languages: Vec<String>, end_ns: i64) -> (Loudness, Vec<Interval>) {
        self.silence.turn(self.end_ns.min(end_ns), true);
        let finite = |level: f64| Some(level).filter(|level| level.is_finite());
        let peak = (0..2).filter_map(|channel| self.loudness.true_peak(channel).ok()).fold(0.0, f64::max);
        let loudness = Loudness {
            languages,
            is_default: self.is_default,
            integrated_lufs: self.loudness.loudness_global().ok().and_then(finite),
            true_peak_dbtp: finite(20.0 * peak.log10()),
            range_lu: self.loudness.loudness_range().ok().and_then(finite).unwrap_or_default(),
        };
        (loudness, self.silence.finish(end_ns))
    }
}

fn nanos(samples: usize) -> i64 {
    i64::try_from(samples).unwrap_or(i64::MAX / 1_000_000_000) * 1_000_000_000 / SAMPLE_RATE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(seconds: usize, amplitude: f32) -> Vec<[f32; 2]> {
        (0..seconds * 48_000)
            .map(|n| [(n as f32 * 997.0 * std::f32::consts::TAU / 48_000.0).sin() * amplitude; 2])
            .collect()
    }

    #[test]
    fn a_stereo_tone_of_minus_23_dbfs_is_minus_23_lufs() {
        // EBU Tech 3341, case 1
        let mut meter = Meter::new(false).unwrap();
        meter.hear(&tone(20, 10_f32.powf(-23.0 / 20.0)), Some(0));
        let (told, silence) = meter.finish(vec!["de".to_owned()], 20_000_000_000);
        assert!((told.integrated_lufs.unwrap() + 23.0).abs() <= 0.1, "{told:?}");
        assert!((told.true_peak_dbtp.unwrap() + 23.0).abs() <= 0.2, "{told:?}");
        assert_eq!((told.languages, silence.len()), (vec!["de".to_owned()], 0));
    }

    #[test]
    fn what_is_not_there_is_silent() {
        let mut meter = Meter::new(false).unwrap();
        meter.hear(&tone(1, 0.5), Some(1_000_000_000));
        meter.hear(&tone(1, 0.0005), None);
        meter.hear(&tone(1, 0.5), Some(3_001_000_000));
        let (_, silence) = meter.finish(Vec::new(), 5_000_000_000);
        let told: Vec<_> = silence.iter().map(|one| (one.start_ns / 10_000_000, one.end_ns / 10_000_000)).collect();
        assert_eq!(told, [(0, 100), (200, 300), (400, 500)]);
        let nothing = Meter::new(false).unwrap().finish(Vec::new(), 1_000_000_000);
        assert_eq!(nothing.0, Loudness::default());
        assert_eq!(nothing.1, [Interval { start_ns: 0, end_ns: 1_000_000_000 }]);
    }
}
