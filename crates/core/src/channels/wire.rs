//! Plans and formats as the playout protocol writes them.

use std::os::unix::ffi::OsStrExt;

use retrovue_kit::clock::ClockReading;
use retrovue_proto::v1;
use retrovue_schedule::plan::ProgramFormat;

use super::source::{ChannelPlan, PlannedAsset, PlannedSegment};

/// `plan` as generation `generation`.
pub(super) fn plan(generation: u64, plan: &ChannelPlan) -> v1::Plan {
    v1::Plan { generation, segments: plan.segments.iter().map(segment).collect() }
}

fn segment(segment: &PlannedSegment) -> v1::Segment {
    v1::Segment {
        event_id: segment.event_id.clone(),
        start_frame: segment.start_frame.0,
        frame_count: segment.frame_count,
        asset: segment.asset.as_ref().map(asset),
        kind: segment.kind.word().to_owned(),
        title: segment.title.clone(),
    }
}

fn asset(asset: &PlannedAsset) -> v1::Asset {
    v1::Asset {
        asset_id: asset.asset_id.clone(),
        path: asset.path.as_os_str().as_bytes().to_vec(),
        in_offset_frames: asset.in_offset_frames,
        gain_db: asset.gain_db,
        languages: asset.languages.clone(),
    }
}

pub(super) fn format(format: &ProgramFormat) -> v1::HouseFormat {
    let rate = v1::FrameRate { num: format.frame_rate.num(), den: format.frame_rate.den() };
    v1::HouseFormat {
        width: format.width,
        height: format.height,
        frame_rate: Some(rate),
        video_kbps: format.video_kbps,
        audio_kbps: format.audio_kbps,
    }
}

pub(super) fn clock(reading: ClockReading) -> v1::ClockReading {
    v1::ClockReading { utc_ns: reading.utc.nanos(), monotonic_ns: reading.monotonic_ns }
}
