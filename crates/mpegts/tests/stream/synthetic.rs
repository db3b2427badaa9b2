//! A session made of slots whose units are the right shape and say nothing.

use retrovue_mpegts::mux::{Mux, MuxConfig, Slot};
use retrovue_timeline::{AudioFrame, FrameIndex, FrameRate, Pts};

/// Frames from here on cross a wrap of the 33-bit stamp within `before` frames, in 2026.
pub(crate) fn before_wrap(rate: FrameRate, before: i64) -> FrameIndex {
    let wraps: i64 = 18_680;
    let ticks = i128::from(wraps) << 33;
    let frame = ticks * i128::from(rate.num()) / (i128::from(rate.den()) * 90_000);
    FrameIndex(i64::try_from(frame).expect("frames of this century fit") - before)
}

/// An access unit of `size` bytes or a little more.
pub(crate) fn picture(keyframe: bool, size: usize) -> Vec<u8> {
    let mut unit = vec![0, 0, 0, 1, 0x09, 0xF0];
    if keyframe {
        unit.extend([0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x1F, 0, 0, 0, 1, 0x68, 0xCE, 0x3C, 0x80, 0, 0, 1, 0x65]);
    } else {
        unit.extend([0, 0, 1, 0x41]);
    }
    unit.resize(unit.len().max(size), 0xA5);
    unit
}

/// An ADTS frame of `size` bytes.
pub(crate) fn sound(size: usize) -> Vec<u8> {
    let [_, _, high, low] = (size as u32).to_be_bytes();
    let mut frame = vec![0xFF, 0xF1, 0x4C, 0x80 | (high >> 3), (high << 5) | (low >> 3), (low << 5) | 0x1F, 0xFC];
    frame.resize(size, 0x5A);
    frame
}

/// Sends the frames `start ..` with pictures of the given sizes, a keyframe each `gop` frames.
pub(crate) fn session(rate: FrameRate, start: FrameIndex, gop: usize, sizes: &[usize]) -> Vec<u8> {
    slots(rate, start, gop, sizes).concat()
}

/// [`session`], slot by slot.
pub(crate) fn slots(rate: FrameRate, start: FrameIndex, gop: usize, sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut mux = Mux::new(&MuxConfig { service_name: "Retro Één".to_owned(), language: Some(*b"eng") });
    let mut slots = Vec::new();
    for (at, size) in sizes.iter().enumerate() {
        let frame = start + at as i64;
        let keyframe = at % gop == 0;
        let video = picture(keyframe, *size);
        let sound = sound(7 + size % 500);
        let audio: Vec<(Pts, &[u8])> = (rate.nearest_audio_frame(frame).0..rate.nearest_audio_frame(frame + 1).0)
            .map(|at| (AudioFrame(at).pts(), sound.as_slice()))
            .collect();
        let duration_ticks = rate.ticks(frame + 1) - rate.ticks(frame);
        let mut out = Vec::new();
        mux.slot(&Slot { pts: rate.pts(frame), duration_ticks, keyframe, video: &video, audio: &audio }, &mut out);
        slots.push(out);
    }
    slots
}
