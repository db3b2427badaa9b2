//! Faults of a file, as sentences that name it.

use std::io;
use std::path::Path;

use gstreamer as gst;

use crate::encode::EncodeError;
use crate::unit::Fault;

/// Whether the file had given a picture when it failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Opening,
    Playing,
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> Fault {
    fault("file_missing", path, &format!("cannot be read: {error}; check that it is there and that Air may read it"))
}

pub(super) fn not_media(path: &Path, why: &str) -> Fault {
    fault("not_media", path, why)
}

pub(super) fn damaged(path: &Path) -> Fault {
    fault("not_media", path, "is damaged, or ends before its first picture")
}

pub(super) fn no_video(path: &Path) -> Fault {
    fault("no_video", path, "has no video that can be played")
}

pub(super) fn no_decoder(path: &Path, codec: &str) -> Fault {
    decode_failed(path, &format!("nothing decodes its video ({codec}); install the missing decoder, if there is one"))
}

pub(super) fn open_timeout(path: &Path, seconds: u64) -> Fault {
    fault("open_timeout", path, &format!("did not open within {seconds} seconds; check the disk or mount it is on"))
}

pub(super) fn too_many_hang(path: &Path, hung: usize) -> Fault {
    fault("open_timeout", path, &format!("is not opened: {hung} files hang already; check the disks and mounts"))
}

pub(super) fn stalled(path: &Path, seconds: u64) -> Fault {
    fault("stalled", path, &format!("gave no picture for {seconds} seconds"))
}

pub(super) fn decode_failed(path: &Path, why: &str) -> Fault {
    fault("decode_failed", path, &format!("cannot be played: {why}"))
}

pub(super) fn encode_failed(path: &Path, error: &EncodeError) -> Fault {
    fault("encode_failed", path, &format!("cannot be shown: {error}"))
}

/// A remark: it plays, and looks pale.
pub(super) fn tones_unmapped(path: &Path) -> Fault {
    fault("tones_unmapped", path, "is of high dynamic range, and looks pale; a copy of standard range would not")
}

/// What a pipeline reports.
pub(super) fn reported(path: &Path, error: &gst::message::Error, stage: Stage) -> Fault {
    let reason = error.error();
    tracing::debug!(path = %path.display(), %reason, debug = error.debug().as_deref(), "a file's pipeline failed");
    let said = reason.message().trim().trim_end_matches('.').to_owned();
    if let Some(gst::ResourceError::NotFound | gst::ResourceError::OpenRead | gst::ResourceError::NotAuthorized) =
        reason.kind()
    {
        return fault("file_missing", path, &format!("cannot be read: {said}"));
    }
    if let Some(gst::ResourceError::Read | gst::ResourceError::Seek) = reason.kind() {
        return fault("read_failed", path, &format!("cannot be read on: {said}; check the disk or mount it is on"));
    }
    match reason.kind::<gst::StreamError>() {
        Some(gst::StreamError::CodecNotFound) => {
            decode_failed(path, &format!("{said}; install the missing decoder (gstreamer1.0-libav has most)"))
        }
        Some(gst::StreamError::TypeNotFound | gst::StreamError::WrongType | gst::StreamError::Demux)
            if stage == Stage::Opening =>
        {
            fault("not_media", path, &format!("is no video file: {said}"))
        }
        Some(gst::StreamError::Failed) if stage == Stage::Opening => damaged(path),
        _ => decode_failed(path, &said),
    }
}

fn fault(code: &'static str, path: &Path, what: &str) -> Fault {
    Fault { code, message: format!("{} {what}", path.display()) }
}
