//! Inspections on the wire.

use retrovue_pipeline::inspect::{Chapter, Inspection, Interval, Loudness, Measurement, Stream};
use retrovue_proto::v1;

/// What a file holds.
pub(super) fn inspection(found: Inspection) -> v1::Inspection {
    let first = found.first_picture;
    v1::Inspection {
        container: found.container,
        duration_ns: found.duration_ns,
        streams: found.streams.into_iter().map(stream).collect(),
        tags: found.tags.into_iter().collect(),
        chapters: found.chapters.into_iter().map(chapter).collect(),
        first_picture: Some(v1::FirstPicture { pts_ns: first.pts_ns, stream_ns: first.stream_ns }),
        measurement: found.measurement.map(measurement),
    }
}

fn stream(stream: Stream) -> v1::Stream {
    let kind = match stream.kind.as_str() {
        "video" => v1::stream::Kind::Video,
        "audio" => v1::stream::Kind::Audio,
        "subtitle" => v1::stream::Kind::Subtitle,
        _ => v1::stream::Kind::Unspecified,
    };
    v1::Stream {
        kind: kind.into(),
        codec: stream.codec,
        media_type: stream.media_type,
        language: stream.language,
        width: stream.width,
        height: stream.height,
        frame_rate: Some(v1::FrameRate { num: stream.frame_rate_num, den: stream.frame_rate_den }),
        interlaced: stream.interlaced,
        hdr: stream.hdr,
        channels: stream.channels,
        sample_rate: stream.sample_rate,
    }
}

fn chapter(chapter: Chapter) -> v1::Chapter {
    let Chapter { start_ns, end_ns, title } = chapter;
    v1::Chapter { interval: Some(v1::Interval { start_ns, end_ns }), title }
}

fn measurement(measured: Measurement) -> v1::Measurement {
    v1::Measurement {
        loudness: measured.loudness.into_iter().map(loudness).collect(),
        keyframes_ms: measured.keyframes_ms,
        black: measured.black.into_iter().map(interval).collect(),
        silence: measured.silence.into_iter().map(interval).collect(),
    }
}

fn loudness(track: Loudness) -> v1::Loudness {
    let Loudness { languages, is_default, integrated_lufs, true_peak_dbtp, range_lu } = track;
    v1::Loudness { languages, is_default, integrated_lufs, true_peak_dbtp, range_lu }
}

fn interval(interval: Interval) -> v1::Interval {
    v1::Interval { start_ns: interval.start_ns, end_ns: interval.end_ns }
}
