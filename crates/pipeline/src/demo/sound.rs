//! Music: a few bars of chords, bass and a plucked tune, composed from a look and repeated.

use super::canvas::hash;
use super::looks::Look;

/// Samples a second.
pub(super) const RATE: i64 = 48_000;

/// Mean square of one channel at −20 LUFS: two of them add 3 dB, and K-weighting takes 0.7 (ITU-R BS.1770-4).
const LOUDNESS: f32 = 0.0059;

const CHORDS: i32 = 8;
const BEATS: i32 = 4;

/// Eight chords of four beats, interleaved stereo.
pub(super) struct Music {
    samples: Vec<i16>,
}

/// How a look sounds.
struct Score {
    beats_per_minute: i32,
    /// MIDI number of the key's first note.
    key: i32,
    /// Semitones of the scale.
    scale: [i32; 7],
    /// Degrees of the scale on which the chords stand.
    chords: [i32; CHORDS as usize],
    /// Strength of the second and third partial: what it is played on.
    partials: [f32; 2],
    /// Notes of the tune in one beat.
    notes_per_beat: i32,
}

const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
const MINOR: [i32; 7] = [0, 2, 3, 5, 7, 8, 10];
const DORIAN: [i32; 7] = [0, 2, 3, 5, 7, 9, 10];

impl Music {
    pub(super) fn compose(look: Look, variant: i32) -> Self {
        let score = score(look, variant);
        let beat = (RATE * 60) as usize / score.beats_per_minute as usize;
        let length = beat * (CHORDS * BEATS) as usize;
        let mut mix = vec![[0f32; 2]; length];
        for (place, degree) in score.chords.iter().enumerate() {
            let start = place * beat * BEATS as usize;
            for (voice, third) in [0, 2, 4].into_iter().enumerate() {
                let pan = [0.5, 0.3, 0.7][voice];
                score.play(&mut mix, start, beat * BEATS as usize, score.pitch(degree + third, 0), 0.20, pan, true);
            }
            for half in 0..2 {
                let at = start + half * beat * 2;
                score.play(&mut mix, at, beat * 2, score.pitch(degree + half as i32 * 4, -1), 0.42, 0.5, false);
            }
            for note in 0..BEATS * score.notes_per_beat {
                let throw = hash(note + place as i32 / 2 * 64, score.key + variant * 17);
                if !throw.is_multiple_of(7) {
                    let step = [0, 2, 4, 7, 4, 2, 9, 7][((note + (throw >> 8) as i32 % 2) % 8) as usize];
                    let at = start + note as usize * beat / score.notes_per_beat as usize;
                    let pan = 0.35 + 0.3 * (note % 2) as f32;
                    score.play(&mut mix, at, beat, score.pitch(degree + step, 1), 0.34, pan, false);
                }
            }
        }
        let power = mix.iter().flatten().map(|s| s * s).sum::<f32>() / (2 * length) as f32;
        let gain = (LOUDNESS / power).sqrt() * 32767.0;
        let samples = mix.iter().flatten().map(|s| (s * gain).clamp(-30_000.0, 30_000.0) as i16).collect();
        Self { samples }
    }

    /// Stereo samples `from..to` of the music, which goes round and round, as little-endian bytes.
    pub(super) fn bytes(&self, from: i64, to: i64) -> Vec<u8> {
        let length = self.samples.len();
        let start = 2 * from as usize % length;
        let count = 2 * (to - from) as usize;
        self.samples.iter().cycle().skip(start).take(count).flat_map(|sample| sample.to_le_bytes()).collect()
    }
}

impl Score {
    /// Hertz of a degree of the scale, octaves up.
    fn pitch(&self, degree: i32, octaves: i32) -> f32 {
        let note = self.key + self.scale[degree.rem_euclid(7) as usize] + 12 * (degree.div_euclid(7) + octaves);
        440.0 * ((note - 69) as f32 / 12.0).exp2()
    }

    /// Adds one note, plucked or held. What lasts beyond the end comes round at the beginning.
    #[expect(clippy::too_many_arguments, reason = "a note has this many sides")]
    fn play(&self, mix: &mut [[f32; 2]], at: usize, length: usize, hertz: f32, loud: f32, pan: f32, held: bool) {
        let turn = hertz * std::f32::consts::TAU / RATE as f32;
        let attack = if held { length as f32 / 6.0 } else { 260.0 };
        let total = mix.len();
        for n in 0..length {
            let (phase, left) = (n as f32 * turn, (length - n) as f32);
            let [second, third] = self.partials;
            let wave = phase.sin() + second * (2.0 * phase).sin() + third * (3.0 * phase).sin();
            let fall = if held { 1.0 } else { (-4.5 * n as f32 / length as f32).exp() };
            let shape = (n as f32 / attack).min(1.0) * (left / 900.0).min(1.0) * fall;
            let sample = wave * shape * loud;
            let slot = &mut mix[(at + n) % total];
            slot[0] += sample * (1.0 - pan);
            slot[1] += sample * pan;
        }
    }
}

fn score(look: Look, variant: i32) -> Score {
    let (beats_per_minute, key, scale, chords, partials, notes_per_beat) = match look {
        Look::Sea => (76, 50, DORIAN, [0, 3, 0, 4, 5, 3, 6, 0], [0.30, 0.10], 2),
        Look::Space => (112, 48, MAJOR, [0, 5, 3, 4, 0, 5, 1, 4], [0.50, 0.25], 2),
        Look::Garden => (126, 53, MAJOR, [0, 4, 5, 3, 0, 3, 4, 0], [0.10, 0.30], 2),
        Look::Sunset => (92, 45, MINOR, [0, 5, 2, 6, 0, 5, 3, 4], [0.45, 0.30], 4),
        Look::Stage => (84, 52, MINOR, [0, 3, 4, 0, 5, 3, 4, 0], [0.20, 0.05], 3),
        Look::Rays(_) => (138, 55, MAJOR, [0, 3, 4, 0, 5, 1, 4, 0], [0.35, 0.20], 2),
        Look::Rings => (104, 50, MAJOR, [0, 4, 5, 3, 0, 4, 3, 0], [0.40, 0.15], 4),
        Look::Card => (60, 57, MAJOR, [0, 3, 0, 4, 0, 3, 4, 0], [0.15, 0.05], 1),
    };
    Score { beats_per_minute, key: key + variant % 4, scale, chords, partials, notes_per_beat }
}
