//! Samples to AAC-LC frames that decode to those samples at their own place.

use bytes::Bytes;
use gstreamer as gst;
use retrovue_timeline::{SAMPLE_RATE, SAMPLES_PER_FRAME};

use super::{Codec, EncodeError};
use crate::format::HouseFormat;

/// 1024 samples: left and right, nominally between −1 and 1.
pub(crate) type StereoFrame = [[f32; 2]; SAMPLES_PER_FRAME as usize];

/// The encoder's own delay is 1024 samples, so what a decoder gives for the packet of one frame is the frame before.
/// With one frame of silence fed ahead, the packets of the first two frames fed are for that silence and what is
/// before it, and from then on there is one for each frame, in order.
const PRIMING_PACKETS: u32 = 2;

/// Frames that may be inside the encoder before the next packet is waited for; the codec itself holds one back.
const HELD: u32 = 2;

/// AAC-LC with an ADTS header on each frame.
pub(crate) struct AudioEncoder {
    codec: Codec,
    inside: u32,
    fed: i64,
    priming: u32,
}

impl AudioEncoder {
    pub(crate) fn start(format: &HouseFormat) -> Result<Self, EncodeError> {
        // The fast coder is better than the other from 64 kbit/s on and takes half its time. What the element calls
        // true is forced: coding the sum and the difference of channels that have little in common lets each be heard
        // in the other, and tools that keep a band's energy rather than its wave (intensity stereo, noise substitution)
        // and noise shaping let peaks overshoot by twice as much.
        let elements = format!(
            "avenc_aac bitrate={} aac-coder=fast aac-ms=false aac-is=false aac-pns=false aac-tns=false ! aacparse \
             ! audio/mpeg,stream-format=adts",
            u64::from(format.audio_kbps) * 1000
        );
        let caps = gst::Caps::builder("audio/x-raw")
            .field("format", "F32LE")
            .field("layout", "interleaved")
            .field("rate", i32::try_from(SAMPLE_RATE).unwrap_or(i32::MAX))
            .field("channels", 2_i32)
            .field("channel-mask", gst::Bitmask::new(0b11))
            .build();
        let mut encoder = Self { codec: Codec::start(&elements, &caps)?, inside: 0, fed: 0, priming: PRIMING_PACKETS };
        encoder.feed(&[[0.0; 2]; SAMPLES_PER_FRAME as usize])?;
        Ok(encoder)
    }

    /// How far true peaks of what is decoded may lie above those of what was coded, in decibels: what the loudness tests
    /// measure with sound that is as hard to code as can be, and a little more.
    pub(crate) fn overshoot_db(format: &HouseFormat) -> f32 {
        match format.audio_kbps {
            192.. => 3.5,
            128.. => 5.5,
            _ => 8.5,
        }
    }

    /// Takes the next frame, and gives the packet of an earlier one that has become ready.
    pub(crate) fn encode(&mut self, frame: &StereoFrame) -> Result<Option<Bytes>, EncodeError> {
        self.feed(frame)?;
        while self.inside > HELD {
            let packet = self.packet()?.ok_or_else(|| EncodeError("it ended too early".to_owned()))?;
            if self.is_wanted() {
                return Ok(Some(packet));
            }
        }
        Ok(None)
    }

    /// The packets of all frames that are still inside.
    pub(crate) fn finish(mut self) -> Result<Vec<Bytes>, EncodeError> {
        self.codec.finish()?;
        let mut rest = Vec::new();
        while let Some(packet) = self.packet()? {
            if self.is_wanted() {
                rest.push(packet);
            }
        }
        Ok(rest)
    }

    fn feed(&mut self, frame: &StereoFrame) -> Result<(), EncodeError> {
        let bytes: Vec<u8> = frame.iter().flatten().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut buffer = gst::Buffer::from_slice(bytes);
        let at = |frame: i64| {
            let nanos = i128::from(frame) * i128::from(SAMPLES_PER_FRAME) * 1_000_000_000 / i128::from(SAMPLE_RATE);
            gst::ClockTime::from_nseconds(u64::try_from(nanos).unwrap_or_default())
        };
        if let Some(stamps) = buffer.get_mut() {
            stamps.set_pts(at(self.fed));
            stamps.set_duration(at(self.fed + 1) - at(self.fed));
        }
        self.codec.push(buffer)?;
        self.fed += 1;
        self.inside += 1;
        Ok(())
    }

    fn packet(&mut self) -> Result<Option<Bytes>, EncodeError> {
        let Some(coded) = self.codec.pull()? else { return Ok(None) };
        self.inside = self.inside.saturating_sub(1);
        let map = coded.map_readable().map_err(|error| EncodeError(error.to_string()))?;
        Ok(Some(Bytes::copy_from_slice(&map)))
    }

    fn is_wanted(&mut self) -> bool {
        let wanted = self.priming == 0;
        self.priming = self.priming.saturating_sub(1);
        wanted
    }
}
