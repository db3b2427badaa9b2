//! `MediaService`: files are looked at in child processes, since a broken file may crash or hang whoever opens it.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use retrovue_pipeline::inspect::{InspectError, Inspection};
use retrovue_proto::v1;
use retrovue_proto::v1::media_service_server::MediaService;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use tonic::{Code, Request, Response, Status};

use super::status::status;
use super::wire;

/// Files that are looked at at once: more would take the processor from what is on air.
const AT_ONCE: usize = 2;

/// How long looking at a file may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// Bytes of a child's answer; a file with a thousand streams has less.
const MAX_ANSWER: u64 = 1 << 20;

/// Bytes of a child's complaints that are kept.
const MAX_COMPLAINT: u64 = 4 << 10;

/// Looks at files.
pub(super) struct Media {
    places: Semaphore,
}

/// What the child prints.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Failed { error: InspectError },
    Seen(Inspection),
}

impl Default for Media {
    fn default() -> Self {
        Self { places: Semaphore::new(AT_ONCE) }
    }
}

#[tonic::async_trait]
impl MediaService for Media {
    async fn inspect(&self, request: Request<v1::InspectRequest>) -> Result<Response<v1::InspectResponse>, Status> {
        let path = wire::path(request.into_inner().path);
        if !path.is_absolute() {
            let sentence = format!("{} is no absolute path", path.display());
            return Err(status(Code::InvalidArgument, "invalid_request", sentence));
        }
        let _place = self.places.acquire().await.map_err(|closed| Status::internal(closed.to_string()))?;
        let answer = tokio::time::timeout(DEADLINE, look(&path)).await.unwrap_or_else(|_| {
            let message = format!("looking at {} took more than {} s", path.display(), DEADLINE.as_secs());
            Ok(Answer::Failed { error: InspectError { code: "timeout".to_owned(), message } })
        });
        match answer {
            Ok(Answer::Seen(inspection)) => Ok(Response::new(on_wire(inspection))),
            Ok(Answer::Failed { error }) => Err(refusal(error)),
            Err(error) => {
                Err(status(Code::Internal, "inspect_failed", format!("no process could be started: {error}")))
            }
        }
    }
}

/// Runs this program's own `inspect` on `path`. The child dies with the request.
async fn look(path: &Path) -> std::io::Result<Answer> {
    let mut child = Command::new("/proc/self/exe")
        .arg("inspect")
        .arg("--")
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (answer, complaint) = listen(&mut child).await?;
    let exit = child.wait().await?;
    if let Ok(answer) = serde_json::from_slice(&answer) {
        return Ok(answer);
    }
    let complaint = String::from_utf8_lossy(&complaint);
    tracing::warn!(path = %path.display(), %exit, stderr = complaint.trim(), "looking at a file failed");
    let message = format!("{} ended the process that looked at it ({exit})", path.display());
    Ok(Answer::Failed { error: InspectError { code: "crashed".to_owned(), message } })
}

/// What the child prints and what it complains of, both read to their ends and kept up to a limit.
async fn listen(child: &mut Child) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    tokio::try_join!(read(stdout, MAX_ANSWER), read(stderr, MAX_COMPLAINT))
}

async fn read(pipe: Option<impl AsyncRead + Unpin>, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        (&mut pipe).take(limit).read_to_end(&mut kept).await?;
        tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    }
    Ok(kept)
}

fn refusal(error: InspectError) -> Status {
    let (code, word) = match error.code.as_str() {
        "file_missing" => (Code::NotFound, "file_missing"),
        "timeout" => (Code::DeadlineExceeded, "timeout"),
        "no_video" => (Code::InvalidArgument, "no_video"),
        "truncated" => (Code::InvalidArgument, "truncated"),
        "missing_decoder" => (Code::InvalidArgument, "missing_decoder"),
        "crashed" => (Code::InvalidArgument, "crashed"),
        "file_unreadable" => (Code::InvalidArgument, "file_unreadable"),
        _ => (Code::InvalidArgument, "not_media"),
    };
    status(code, word, error.message)
}

fn on_wire(inspection: Inspection) -> v1::InspectResponse {
    let streams = inspection.streams.into_iter().map(|stream| v1::Stream {
        kind: match stream.kind.as_str() {
            "video" => v1::stream::Kind::Video,
            "audio" => v1::stream::Kind::Audio,
            "subtitle" => v1::stream::Kind::Subtitle,
            _ => v1::stream::Kind::Unspecified,
        }
        .into(),
        codec: stream.codec,
        language: stream.language,
        width: stream.width,
        height: stream.height,
        frame_rate: Some(v1::FrameRate { num: stream.frame_rate_num, den: stream.frame_rate_den }),
        interlaced: stream.interlaced,
        channels: stream.channels,
        sample_rate: stream.sample_rate,
    });
    v1::InspectResponse {
        container: inspection.container,
        duration_ns: inspection.duration_ns,
        streams: streams.collect(),
        tags: inspection.tags.into_iter().collect::<HashMap<_, _>>(),
    }
}
