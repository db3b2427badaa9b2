//! Wire types into Air's own, with everything checked that a request can get wrong.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use retrovue_kit::clock::ClockReading;
use retrovue_pipeline::HouseFormat;
use retrovue_proto::v1;
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use crate::engine::{Pacing, Refusal, Start};
use crate::plan::{Asset, Plan, Segment};

/// Bytes of a channel's slug: it names threads, log lines and metrics.
const MAX_SLUG: usize = 64;

/// Gains beyond this are a mistake, not loudness.
const MAX_GAIN_DB: f64 = 60.0;

/// A path as it came over the wire.
pub(super) fn path(bytes: Vec<u8>) -> PathBuf {
    OsString::from_vec(bytes).into()
}

/// A clock reading.
pub(super) fn clock(reading: v1::ClockReading) -> ClockReading {
    ClockReading { utc: UtcTime::from_nanos(reading.utc_ns), monotonic_ns: reading.monotonic_ns }
}

/// A request to start a channel.
pub(super) fn start(request: v1::StartChannelRequest) -> Result<Start, Refusal> {
    let pacing = match request.pacing() {
        v1::Pacing::Realtime => Pacing::Realtime,
        v1::Pacing::Unpaced => {
            Pacing::Unpaced { start: request.start_frame.map(FrameIndex), limit: request.frame_limit }
        }
        v1::Pacing::Unspecified => return invalid("pacing is missing; say PACING_REALTIME or PACING_UNPACED"),
    };
    if pacing == Pacing::Realtime && request.clock.is_none() {
        return invalid("clock is missing; a channel in real time needs a reading of MasterClock");
    }
    if request.start_frame.is_some_and(|frame| frame < 0) || request.resume_after_frame.is_some_and(|frame| frame < 0) {
        return invalid("frames count from the Unix epoch and are not negative");
    }
    if request.channel.is_empty()
        || request.channel.len() > MAX_SLUG
        || !request.channel.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    {
        return invalid(format!("{:?} is no channel; a slug has 1 to {MAX_SLUG} of a-z 0-9 - _ .", request.channel));
    }
    let Ok(token) = request.token.as_slice().try_into() else {
        return invalid(format!("token has {} bytes; it needs exactly 32", request.token.len()));
    };
    Ok(Start {
        format: format(request.format)?,
        plan: plan(request.plan)?,
        endpoint: request.endpoint.parse()?,
        token,
        clock: request.clock.map(clock),
        resume_after: request.resume_after_frame.map(FrameIndex),
        pacing,
        channel: request.channel,
        channel_name: request.channel_name,
        session_id: request.session_id,
    })
}

/// A plan; one that is missing is refused, one without segments is slate.
pub(super) fn plan(plan: Option<v1::Plan>) -> Result<Plan, Refusal> {
    let Some(plan) = plan else { return invalid("plan is missing") };
    let segments = plan.segments.into_iter().map(segment).collect::<Result<_, _>>()?;
    Ok(Plan::new(plan.generation, segments)?)
}

fn segment(segment: v1::Segment) -> Result<Segment, Refusal> {
    let asset = match segment.asset {
        Some(asset) if !asset.gain_db.is_finite() || asset.gain_db.abs() > MAX_GAIN_DB => {
            return invalid(format!("segment {} has a gain of {} dB", segment.event_id, asset.gain_db));
        }
        Some(asset) => Some(Asset {
            asset_id: asset.asset_id.into(),
            path: path(asset.path),
            in_offset_frames: asset.in_offset_frames,
            gain_db: asset.gain_db,
            languages: asset.languages,
        }),
        None => None,
    };
    Ok(Segment {
        event_id: segment.event_id.into(),
        start: FrameIndex(segment.start_frame),
        frames: segment.frame_count,
        asset,
        kind: segment.kind,
        title: segment.title,
    })
}

fn format(format: Option<v1::HouseFormat>) -> Result<HouseFormat, Refusal> {
    let Some(format) = format else { return invalid("format is missing") };
    let rate = format.frame_rate.unwrap_or_default();
    let Some(frame_rate) = FrameRate::new(rate.num, rate.den).filter(|rate| rate.is_house()) else {
        let rates = FrameRate::HOUSE.map(|rate| rate.to_string()).join(", ");
        return invalid(format!("{}/{} is no house frame rate; take one of {rates}", rate.num, rate.den));
    };
    let even = |pixels: u32| (16..=4096).contains(&pixels) && pixels.is_multiple_of(2);
    if !even(format.width) || !even(format.height) {
        return invalid(format!(
            "{}×{} is no picture size; both sides are even and between 16 and 4096",
            format.width, format.height
        ));
    }
    if !(100..=50_000).contains(&format.video_kbps) || !(32..=512).contains(&format.audio_kbps) {
        return invalid(format!(
            "{} and {} kbit/s are no bit rates; video takes 100 to 50000, audio 32 to 512",
            format.video_kbps, format.audio_kbps
        ));
    }
    Ok(HouseFormat {
        width: format.width,
        height: format.height,
        frame_rate,
        video_kbps: format.video_kbps,
        audio_kbps: format.audio_kbps,
    })
}

fn invalid<T>(sentence: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Invalid(sentence.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> v1::StartChannelRequest {
        v1::StartChannelRequest {
            channel: "retro-1".to_owned(),
            format: Some(v1::HouseFormat {
                width: 640,
                height: 360,
                frame_rate: Some(v1::FrameRate { num: 30000, den: 1001 }),
                video_kbps: 1000,
                audio_kbps: 128,
            }),
            plan: Some(v1::Plan::default()),
            endpoint: "unix:/run/ts.sock".to_owned(),
            token: vec![7; 32],
            pacing: v1::Pacing::Unpaced.into(),
            ..Default::default()
        }
    }

    fn refusal(change: impl FnOnce(&mut v1::StartChannelRequest)) -> String {
        let mut request = request();
        change(&mut request);
        start(request).unwrap_err().to_string()
    }

    #[test]
    fn a_whole_request_is_taken() {
        let start = start(request()).unwrap();
        assert_eq!(start.pacing, Pacing::Unpaced { start: None, limit: None });
        assert_eq!(start.format.frame_rate, FrameRate::HOUSE[3]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let names = |sentence: String, what: &str| assert!(sentence.contains(what), "{sentence}");
        names(refusal(|r| r.token = vec![1; 31]), "31 bytes");
        names(refusal(|r| r.channel = "a b".to_owned()), "a b");
        names(refusal(|r| r.endpoint = "file:/x".to_owned()), "file:/x");
        names(refusal(|r| r.pacing = 0), "pacing");
        names(refusal(|r| r.pacing = v1::Pacing::Realtime.into()), "clock");
        names(refusal(|r| r.plan = None), "plan");
        names(refusal(|r| r.format = None), "format");
        names(refusal(|r| r.format.as_mut().unwrap().width = 641), "641×360");
        names(refusal(|r| r.format.as_mut().unwrap().frame_rate = None), "0/0");
        names(refusal(|r| r.format.as_mut().unwrap().video_kbps = 0), "bit rates");
        names(refusal(|r| r.start_frame = Some(-1)), "negative");
    }
}
