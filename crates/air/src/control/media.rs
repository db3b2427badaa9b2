//! `MediaService`: files are looked at in child processes, since a broken file may crash or hang whoever opens it.
//!
//! Each child opens one file and ends, so that no two codecs are opened side by side in one process.

mod child;
mod wire;

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::stream::{self, Stream};
use retrovue_pipeline::inspect::InspectError;
use retrovue_proto::v1;
use retrovue_proto::v1::inspect_update::What;
use retrovue_proto::v1::media_service_server::MediaService;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};

use self::child::Looking;
use super::status::status;
use super::wire::path;
use crate::media::Told;

/// How long a child that looks at a file may be silent: longer than it takes by its own limit.
const LOOKING_PATIENCE: Duration = Duration::from_secs(30);

/// How long one that measures may tell of no progress: it has what others leave of the processor, and waits for disks
/// that sleep.
const MEASURING_PATIENCE: Duration = Duration::from_secs(150);

/// Looks at files.
pub(super) struct Media {
    /// One per core. Measuring has places of its own, since a quick look does not wait for a film to be read.
    looking: Arc<Semaphore>,
    measuring: Arc<Semaphore>,
    closing: CancellationToken,
}

impl Media {
    /// Until `closing`.
    pub(super) fn new(closing: CancellationToken) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let places = || Arc::new(Semaphore::new(cores));
        Self { looking: places(), measuring: places(), closing }
    }

    /// Waits for a place and starts a child. Whoever gives up waiting leaves the queue.
    async fn begin(&self, path: &Path, measured: bool) -> Result<Inspecting, Status> {
        let (places, patience) =
            if measured { (&self.measuring, MEASURING_PATIENCE) } else { (&self.looking, LOOKING_PATIENCE) };
        let place = Arc::clone(places).acquire_owned().await.map_err(|closed| Status::internal(closed.to_string()))?;
        let looking = Looking::at(path, measured, patience).map_err(|error| {
            status(Code::ResourceExhausted, "inspect_failed", format!("no process could be started: {error}"))
        })?;
        Ok(Inspecting { looking, closing: self.closing.clone(), _place: place })
    }
}

#[tonic::async_trait]
impl MediaService for Media {
    type InspectStream = Pin<Box<dyn Stream<Item = Result<v1::InspectUpdate, Status>> + Send>>;

    async fn inspect(&self, request: Request<v1::InspectRequest>) -> Result<Response<Self::InspectStream>, Status> {
        let request = request.into_inner();
        let measured = request.depth() == v1::Depth::Measure;
        let path = path(request.path);
        if !path.is_absolute() {
            let sentence = format!("{} is no absolute path", path.display());
            return Err(status(Code::InvalidArgument, "invalid_request", sentence));
        }
        let begun = self.closing.run_until_cancelled(self.begin(&path, measured)).await;
        Ok(Response::new(begun.ok_or_else(draining)??.updates()))
    }
}

/// One request at work. The child dies with it.
struct Inspecting {
    looking: Looking,
    closing: CancellationToken,
    _place: OwnedSemaphorePermit,
}

impl Inspecting {
    fn updates(self) -> <Media as MediaService>::InspectStream {
        Box::pin(stream::unfold(Some(self), async |state| {
            let mut inspecting = state?;
            let told = inspecting.closing.run_until_cancelled(inspecting.looking.next()).await;
            let (update, goes_on) = match told {
                Some(Told::Fraction(part)) => (Ok(What::Fraction(part)), true),
                Some(Told::Inspection(found)) => (Ok(What::Inspection(wire::inspection(*found))), false),
                Some(Told::Error(error)) => (Err(refusal(error)), false),
                None => (Err(draining()), false),
            };
            let update = update.map(|what| v1::InspectUpdate { what: Some(what) });
            Some((update, goes_on.then_some(inspecting)))
        }))
    }
}

fn draining() -> Status {
    status(Code::Unavailable, "draining", "Air is about to leave and looks at no more files")
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
