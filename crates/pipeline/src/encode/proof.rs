//! The self-test of an encoder: a second of moving pictures, coded as the house needs it, decoded and compared.

use std::time::Duration;

use gst_video::prelude::*;
use gstreamer as gst;
use gstreamer_video as gst_video;

use super::family::EncoderFamily;
use super::{Codec, EncodeError, VideoEncoder, raw_caps};
use crate::format::HouseFormat;
use crate::unit::VideoUnit;

/// Hardware that is slow to start takes a second for its first picture; one that keeps pictures back gives none.
const PATIENCE: Duration = Duration::from_secs(3);

/// Of each decoded picture against its source. Any working encoder has 35 dB and more of these pictures, and the next
/// picture in place of the right one 22 dB.
const LEAST_PSNR_DB: f64 = 28.0;

/// H.264 profiles that every receiver knows: Baseline, Main, High (ITU-T H.264, A.2).
const PROFILES: [u8; 3] = [66, 77, 100];

/// Why an encoder is not used.
#[derive(Debug, thiserror::Error)]
pub enum UnfitEncoder {
    /// GStreamer has no element for it: no driver, or no such hardware.
    #[error("this machine has none")]
    Absent,
    /// It gave an error, or nothing.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// What it makes cannot be spliced.
    #[error("{0}")]
    Unsuitable(String),
}

/// What an encoder or the decoder after it reported.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Failure(#[from] EncodeError);

impl From<EncodeError> for UnfitEncoder {
    fn from(error: EncodeError) -> Self {
        Self::Failed(Failure(error))
    }
}

impl EncoderFamily {
    /// Codes a second and a bit of moving pictures in `format`, and checks that each picture is a unit at once, that
    /// GOPs are closed and begin where they must, that nothing is reordered, and that a decoder gets the pictures back.
    ///
    /// Drivers crash and hang: call this in a process that may.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn prove(self, format: &HouseFormat) -> Result<(), UnfitEncoder> {
        if self.element().is_none() {
            return Err(UnfitEncoder::Absent);
        }
        prove(&self.elements(format), format)
    }
}

fn prove(elements: &str, format: &HouseFormat) -> Result<(), UnfitEncoder> {
    let mut encoder = VideoEncoder::with(elements, format)?.impatient(PATIENCE);
    let gop = i64::from(format.gop_frames());
    let mut units = Vec::new();
    for number in 0..gop + gop / 4 {
        let unit = encoder.encode(&buffer(format, &luma(format, number))?, number)?;
        check(&unit, number % gop == 0, format)
            .map_err(|what| UnfitEncoder::Unsuitable(format!("picture {number} {what}")))?;
        units.push(unit);
    }
    compare(&units, format)
}

/// What is wrong with a unit.
fn check(unit: &VideoUnit, begins_gop: bool, format: &HouseFormat) -> Result<(), String> {
    let nals = nal_units(&unit.data);
    let of_type = |wanted: u8| nals.iter().filter(move |nal| nal[0] & 0x1f == wanted);
    if nals.first().is_none_or(|nal| nal[0] & 0x1f != 9) {
        return Err("has no access unit delimiter".to_owned());
    }
    let is_idr = of_type(5).next().is_some();
    if is_idr != begins_gop || unit.keyframe != begins_gop {
        return Err(format!("is {} IDR", if begins_gop { "no" } else { "an unwanted" }));
    }
    let parameters = (of_type(7).next(), of_type(8).next());
    match parameters {
        (Some([_, profile, _, level, ..]), Some(_)) => {
            if !PROFILES.contains(profile) {
                return Err(format!("has profile {profile}, which not every receiver knows"));
            }
            let most: u8 = format.h264_level().replace('.', "").parse().unwrap_or(u8::MAX);
            if *level > most {
                return Err(format!("has level {level}, and the format needs {most}"));
            }
        }
        _ if begins_gop => return Err("has no parameter sets".to_owned()),
        _ => {}
    }
    let slices = nals.iter().filter(|nal| matches!(nal[0] & 0x1f, 1 | 5));
    if slices.clone().next().is_none() {
        return Err("has no slice".to_owned());
    }
    match slices.map(|nal| slice_type(&nal[1..])).find(|kind| !matches!(kind, Some(0 | 2 | 5 | 7))) {
        Some(_) => Err("is no I or P picture".to_owned()),
        None => Ok(()),
    }
}

/// Decodes `units` and compares with what went in.
fn compare(units: &[VideoUnit], format: &HouseFormat) -> Result<(), UnfitEncoder> {
    let coded = gst::Caps::builder("video/x-h264").field("stream-format", "byte-stream").field("alignment", "au");
    let elements = format!("h264parse ! avdec_h264 max-threads=1 ! videoconvert ! {}", raw_caps(format, false));
    let decoder = Codec::start(&elements, &coded.build())?;
    let rate = format.frame_rate;
    for unit in units {
        let mut buffer = gst::Buffer::from_slice(unit.data.clone());
        if let Some(stamps) = buffer.get_mut() {
            let at = gst::ClockTime::from_nseconds(u64::try_from(rate.nanos_in(unit.index)).unwrap_or_default());
            stamps.set_pts(at);
            stamps.set_dts(at);
        }
        decoder.push(buffer)?;
    }
    decoder.finish()?;
    for unit in units {
        let wrong = |what: &str| UnfitEncoder::Unsuitable(format!("picture {} {what}", unit.index));
        let picture = decoder.pull()?.ok_or_else(|| wrong("is lost in decoding"))?;
        let psnr_db = psnr_db(&picture, &luma(format, unit.index), format).ok_or_else(|| wrong("cannot be read"))?;
        if psnr_db < LEAST_PSNR_DB {
            return Err(wrong(&format!("comes out as another one ({psnr_db:.0} dB)")));
        }
    }
    Ok(())
}

/// Grey values of stripes that move on by three pixels with each picture.
fn luma(format: &HouseFormat, number: i64) -> Vec<u8> {
    let (width, height) = (i64::from(format.width), i64::from(format.height));
    let value = |x: i64, y: i64| u8::try_from(64 + (x + y / 2 + 3 * number) % 128).unwrap_or(0);
    (0..height).flat_map(|y| (0..width).map(move |x| value(x, y))).collect()
}

fn buffer(format: &HouseFormat, luma: &[u8]) -> Result<gst::Buffer, UnfitEncoder> {
    let refused = || UnfitEncoder::Unsuitable("no picture could be made to try it with".to_owned());
    let info = gst_video::VideoInfo::from_caps(&raw_caps(format, true)).map_err(|_| refused())?;
    let buffer = gst::Buffer::with_size(info.size()).map_err(|_| refused())?;
    let mut frame = gst_video::VideoFrame::from_buffer_writable(buffer, &info).map_err(|_| refused())?;
    let stride = usize::try_from(frame.plane_stride()[0]).unwrap_or(1);
    let width = format.width as usize;
    for (to, from) in frame.plane_data_mut(0).map_err(|_| refused())?.chunks_mut(stride).zip(luma.chunks(width)) {
        to[..width].copy_from_slice(from);
    }
    for plane in [1, 2] {
        frame.plane_data_mut(plane).map_err(|_| refused())?.fill(128);
    }
    Ok(frame.into_buffer())
}

fn psnr_db(picture: &gst::Buffer, luma: &[u8], format: &HouseFormat) -> Option<f64> {
    let info = gst_video::VideoInfo::from_caps(&raw_caps(format, true)).ok()?;
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(picture, &info).ok()?;
    let stride = usize::try_from(frame.plane_stride()[0]).ok()?;
    let lines = frame.plane_data(0).ok()?.chunks(stride).zip(luma.chunks(format.width as usize));
    let pairs = lines.flat_map(|(got, wanted)| got.iter().zip(wanted));
    let squares: u64 = pairs.map(|(got, wanted)| u64::from(got.abs_diff(*wanted)).pow(2)).sum();
    let mean = squares as f64 / luma.len() as f64;
    Some(10.0 * (255.0 * 255.0 / mean.max(1e-3)).log10())
}

/// The NAL units of an Annex B stream, none of them empty.
fn nal_units(data: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> = (3..=data.len()).filter(|end| data[end - 3..*end] == [0, 0, 1]).collect();
    let ends = starts.iter().skip(1).map(|start| start - 3).chain([data.len()]);
    starts.iter().zip(ends).map(|(start, end)| &data[*start..end]).filter(|nal| !nal.is_empty()).collect()
}

/// `slice_type` (ITU-T H.264, 7.3.3): the second number of a slice's header.
fn slice_type(header: &[u8]) -> Option<u32> {
    let mut bits = header.iter().take(8).flat_map(|byte| (0..8).rev().map(move |bit| u32::from(byte >> bit & 1)));
    let mut number = || {
        let zeros = bits.by_ref().take_while(|bit| *bit == 0).count();
        (zeros < 24).then(|| bits.by_ref().take(zeros).fold(1, |value, bit| value << 1 | bit) - 1)
    };
    number()?;
    number()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format() -> HouseFormat {
        HouseFormat { width: 320, height: 180, frame_rate: "25".parse().unwrap(), video_kbps: 1500, audio_kbps: 128 }
    }

    /// What the self-test says of `elements`; nothing where they pass.
    fn check(elements: &str, says: &str) {
        crate::init().unwrap();
        let said = prove(elements, &format()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(if says.is_empty() { said.is_empty() } else { said.contains(says) }, "{elements}: {said:?}");
    }

    #[test]
    fn encoders_that_do_as_the_house_needs_pass() {
        crate::init().unwrap();
        EncoderFamily::X264.prove(&format()).unwrap();
        check(
            "x264enc tune=zerolatency key-int-max=25 bitrate=1500 option-string=\"scenecut=0:level=3.0\" \
             ! video/x-h264,profile=main",
            "",
        );
    }

    #[test]
    fn encoders_that_do_not_are_named_with_what_they_do() {
        let x264 = "x264enc tune=zerolatency key-int-max=25 bitrate=1500 aud=true";
        check(&x264.replace("=25", "=12"), "picture 12 is an unwanted IDR");
        check(&x264.replace("=25", "=250"), "picture 25 is no IDR");
        check(&format!("{x264} option-string=level=5.1"), "has level 51");
        check(&format!("videoconvert ! video/x-raw,format=Y444 ! {x264}"), "has profile 244");
        check("x264enc key-int-max=25 bframes=2 aud=true", "nothing came out of it");
        check("openh264enc gop-size=7", "picture");
    }

    #[test]
    fn encoders_that_make_garbage_or_nothing_are_found_out() {
        let x264 = "x264enc tune=zerolatency key-int-max=25 bitrate=1500 aud=true option-string=level=3.0";
        check(&format!("videobalance brightness=0.5 ! {x264}"), "comes out as another one");
        check(&format!("{x264} ! identity drop-probability=1"), "nothing came out of it");
    }

    #[test]
    fn what_is_not_there_is_absent() {
        crate::init().unwrap();
        for family in EncoderFamily::HARDWARE.into_iter().filter(|family| family.element().is_none()) {
            assert!(matches!(family.prove(&format()), Err(UnfitEncoder::Absent)));
        }
    }
}
