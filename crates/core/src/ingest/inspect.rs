//! Having a file looked at and measured, by Air.

use std::collections::BTreeMap;
use std::future::Future;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use retrovue_proto::CODE_METADATA;
use retrovue_proto::v1::inspect_update::What;
use retrovue_proto::v1::media_service_client::MediaServiceClient;
use retrovue_proto::v1::{
    self, Chapter as WireChapter, Depth, InspectRequest, InspectUpdate, Inspection as WireInspection,
    Measurement as WireMeasurement, Stream as WireStream, stream,
};
use retrovue_store::library::{Chapter, Fault, FirstPicture, Interval, Loudness, Measurement, Media, Stream};
use tonic::{Code, Response, Status, Streaming};

use super::progress::Part;
use crate::channels::air::AirClient;
use crate::failure::{Failure, Kind};

/// Air has its own, shorter limits for a file; this one is for an Air that hangs.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(180);

/// Bytes of an answer: Air bounds what it tells of a file far below.
const MAX_ANSWER: usize = 32 << 20;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Container, duration and streams.
    pub media: Media,
    /// The container's tags, by GStreamer's names.
    pub tags: BTreeMap<String, String>,
}

/// Why a file could not be looked at.
#[derive(Clone, Debug)]
pub enum InspectFailure {
    /// It is the file's fault.
    Faulty(Fault),
    /// The file is not there.
    Gone,
    /// It is not the file's fault: nothing can be looked at now.
    Unreachable(Failure),
}

/// Looks at files.
pub trait Inspector: Sync {
    /// Looks at the file at `path`, which is absolute.
    fn inspect(&self, path: &Path) -> impl Future<Output = Result<Inspection, InspectFailure>> + Send;
}

/// Reads files to their ends.
pub trait Measurer: Sync {
    /// Measures the file at `path`, which is absolute, telling `progress` how far that is.
    fn measure(
        &self,
        path: &Path,
        progress: &Part,
    ) -> impl Future<Output = Result<(Inspection, Measurement), InspectFailure>> + Send;
}

impl Inspector for AirClient {
    async fn inspect(&self, path: &Path) -> Result<Inspection, InspectFailure> {
        let asked = async {
            let updates = ask(self, path, Depth::Facts).await?;
            follow(updates, &Part::default()).await
        };
        tokio::time::timeout(ANSWER_TIMEOUT, asked).await.unwrap_or_else(|_| Err(late())).map(inspection)
    }
}

impl Measurer for AirClient {
    async fn measure(&self, path: &Path, progress: &Part) -> Result<(Inspection, Measurement), InspectFailure> {
        // without a limit: it may wait for its turn behind films
        let updates = ask(self, path, Depth::Measure).await?;
        let mut found = follow(updates, progress).await?;
        let measured = found.measurement.take().map(measurement).unwrap_or_default();
        Ok((inspection(found), measured))
    }
}

async fn ask(air: &AirClient, path: &Path, depth: Depth) -> Result<Streaming<InspectUpdate>, InspectFailure> {
    let channel = air.channel().await.map_err(InspectFailure::Unreachable)?;
    let mut client = MediaServiceClient::new(channel).max_decoding_message_size(MAX_ANSWER);
    let request = InspectRequest { path: path.as_os_str().as_bytes().to_vec(), depth: depth.into() };
    client.inspect(request).await.map(Response::into_inner).map_err(|status| failure(&status))
}

/// Follows the work to its end. An Air that tells nothing for too long hangs.
async fn follow(mut updates: Streaming<InspectUpdate>, progress: &Part) -> Result<WireInspection, InspectFailure> {
    loop {
        let update = tokio::time::timeout(ANSWER_TIMEOUT, updates.message()).await.map_err(|_| late())?;
        match update.map_err(|status| failure(&status))?.map(|update| update.what) {
            Some(Some(What::Fraction(part))) => progress.is(part),
            Some(Some(What::Inspection(found))) => return Ok(found),
            Some(None) | None => return Err(unreachable("Air told nothing of a file".to_owned())),
        }
    }
}

fn late() -> InspectFailure {
    unreachable(format!("Air did not answer within {} s", ANSWER_TIMEOUT.as_secs()))
}

fn failure(status: &Status) -> InspectFailure {
    // A status with a cause was not sent by Air: the connection broke.
    if std::error::Error::source(status).is_some() {
        return unreachable(format!("Air went away while it looked at a file: {}", status.message()));
    }
    let code = match status.code() {
        Code::NotFound => return InspectFailure::Gone,
        Code::InvalidArgument => "not_playable",
        Code::DeadlineExceeded => "timeout",
        // The child that looked at the file died of it.
        Code::Internal | Code::Aborted | Code::DataLoss => "inspection_failed",
        _ => return unreachable(format!("Air cannot look at files: {}", status.message())),
    };
    // Air tells the exact code beside its sentence.
    let exact = status.metadata().get(CODE_METADATA).and_then(|code| code.to_str().ok()).unwrap_or(code);
    InspectFailure::Faulty(Fault { code: exact.to_owned(), message: status.message().to_owned() })
}

fn unreachable(message: String) -> InspectFailure {
    let failure = Failure::new(Kind::Unreachable, "air_unreachable", message);
    InspectFailure::Unreachable(failure.hint("retrovue status shows whether Air runs; sync again when it does"))
}

fn inspection(found: WireInspection) -> Inspection {
    let media = Media {
        duration_ns: found.duration_ns,
        container: found.container,
        streams: found.streams.into_iter().map(plain_stream).collect(),
        chapters: found.chapters.into_iter().map(chapter).collect(),
        first_picture: found
            .first_picture
            .map(|first| FirstPicture { pts_ns: first.pts_ns, stream_ns: first.stream_ns }),
    };
    Inspection { media, tags: found.tags.into_iter().collect() }
}

fn chapter(wire: WireChapter) -> Chapter {
    let Interval { start_ns, end_ns } = interval(wire.interval.unwrap_or_default());
    Chapter { start_ns, end_ns, title: wire.title }
}

fn measurement(wire: WireMeasurement) -> Measurement {
    let loudness = wire.loudness.into_iter().map(|track| {
        let v1::Loudness { languages, is_default, integrated_lufs, true_peak_dbtp, range_lu } = track;
        Loudness { languages, is_default, integrated_lufs, true_peak_dbtp, range_lu }
    });
    Measurement {
        loudness: loudness.collect(),
        black: wire.black.into_iter().map(interval).collect(),
        silence: wire.silence.into_iter().map(interval).collect(),
    }
}

fn interval(wire: v1::Interval) -> Interval {
    Interval { start_ns: wire.start_ns, end_ns: wire.end_ns }
}

fn plain_stream(wire: WireStream) -> Stream {
    let kind = match wire.kind() {
        stream::Kind::Video => "video",
        stream::Kind::Audio => "audio",
        stream::Kind::Subtitle => "subtitle",
        stream::Kind::Unspecified => "other",
    };
    let rate = wire.frame_rate.unwrap_or_default();
    Stream {
        kind: kind.to_owned(),
        codec: wire.codec,
        media_type: wire.media_type,
        language: wire.language,
        width: wire.width,
        height: wire.height,
        frame_rate_num: rate.num,
        frame_rate_den: rate.den,
        interlaced: wire.interlaced,
        hdr: wire.hdr,
        channels: wire.channels,
        sample_rate: wire.sample_rate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_files_own_faults_make_it_faulty() {
        let check = |code: Code, expected: &str| {
            let found = match failure(&Status::new(code, "a sentence")) {
                InspectFailure::Faulty(fault) => fault.code,
                InspectFailure::Gone => "gone".to_owned(),
                InspectFailure::Unreachable(failure) => failure.code,
            };
            assert_eq!(found, expected, "{code:?}");
        };
        check(Code::InvalidArgument, "not_playable");
        check(Code::DeadlineExceeded, "timeout");
        check(Code::Internal, "inspection_failed");
        check(Code::NotFound, "gone");
        check(Code::Unavailable, "air_unreachable");
        check(Code::Unimplemented, "air_unreachable");
        check(Code::Cancelled, "air_unreachable");
    }

    #[test]
    fn a_broken_connection_is_not_the_files_fault() {
        let broken = Status::from_error(Box::new(std::io::Error::other("broken pipe")));
        assert!(matches!(failure(&broken), InspectFailure::Unreachable(_)));
    }

    #[test]
    fn airs_own_code_is_kept() {
        let mut status = Status::invalid_argument("no video in it");
        status.metadata_mut().insert(CODE_METADATA, tonic::metadata::MetadataValue::from_static("no_video"));
        let InspectFailure::Faulty(fault) = failure(&status) else { panic!("the file is at fault") };
        assert_eq!(fault, Fault { code: "no_video".to_owned(), message: "no video in it".to_owned() });
    }
}
