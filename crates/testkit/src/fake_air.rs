//! An Air without media: it speaks the playout protocol and sends slots that are the right shape, in real time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use futures::Stream;
use retrovue_kit::MasterClock;
use retrovue_kit::clock::{ClockReading, Slew};
use retrovue_mpegts::mux::{Mux, MuxConfig, Slot};
use retrovue_proto::v1::playout_service_server::{PlayoutService, PlayoutServiceServer};
use retrovue_proto::v1::*;
use retrovue_timeline::{AudioFrame, FrameIndex, FrameRate as Rate, Pts, UtcTime};
use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::metadata::AsciiMetadataValue;
use tonic::{Request, Response, Status};

/// Frames from one keyframe to the next.
pub const GOP: i64 = 25;

/// A keyframe is so much larger than any other picture, where slots weigh what their channel's do.
const KEYFRAME_WEIGHT: usize = 8;

/// How large pictures are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weight {
    /// As small as they may be: for tests that look at every packet again and again.
    Light,
    /// As large as the format that Core asks for wants them.
    Whole,
}

/// What Core asked for.
#[derive(Clone, Default, Debug)]
#[expect(missing_docs, reason = "the protocol's own names")]
pub struct Asked {
    pub starts: Vec<StartChannelRequest>,
    pub updates: Vec<UpdatePlanRequest>,
    pub stops: usize,
}

/// How Air answers to a channel's start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// With an error.
    Refused,
    /// Never.
    Unanswered,
    /// Well, and then no slot comes.
    Silent,
}

/// An Air that runs. Dropping it is its death, as by SIGKILL: every task and socket is gone.
#[derive(Debug)]
pub struct FakeAir {
    runtime: Option<Runtime>,
    asked: watch::Receiver<Asked>,
    carries: Arc<AtomicUsize>,
}

impl FakeAir {
    /// Serves on `socket`, on a thread of its own so that it can die at once. Channels named in `bad` start so.
    ///
    /// # Errors
    /// Where no thread or socket is to be had.
    pub fn start(socket: &Path, weight: Weight, bad: &[(&str, Start)]) -> Result<Self> {
        let (sender, asked) = watch::channel(Asked::default());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let _ = std::fs::remove_file(socket);
        let bad = bad.iter().map(|(slug, start)| ((*slug).to_owned(), *start)).collect();
        let carries = Arc::new(AtomicUsize::new(usize::MAX));
        let service = Service { weight, asked: sender, sessions: Mutex::default(), bad, carries: Arc::clone(&carries) };
        let entered = runtime.enter();
        let listener = UnixListener::bind(socket).with_context(|| format!("{} is no place", socket.display()))?;
        drop(entered);
        runtime.spawn(async move {
            let server = tonic::transport::Server::builder().add_service(PlayoutServiceServer::new(service));
            server.serve_with_incoming(UnixListenerStream::new(listener)).await
        });
        Ok(Self { runtime: Some(runtime), asked, carries })
    }

    /// From now on, no more channels than `channels` are let in; those that resume are.
    pub fn carry(&self, channels: usize) {
        self.carries.store(channels, Ordering::Relaxed);
    }

    /// All that Core asked for so far.
    pub fn asked(&self) -> Asked {
        self.asked.borrow().clone()
    }

    /// Waits for what Core has to ask.
    ///
    /// # Panics
    /// Where Core does not ask.
    pub async fn until(&mut self, mut wanted: impl FnMut(&Asked) -> bool) -> Asked {
        let waiting = self.asked.wait_for(|asked| wanted(asked));
        let asked = tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("Core did not ask");
        asked.expect("the service lives as long as this").clone()
    }

    /// Hangs until what this returns is dropped: nothing is answered and nothing sent.
    pub fn hang(&self) -> std::sync::mpsc::Sender<()> {
        let (release, held) = std::sync::mpsc::channel::<()>();
        if let Some(runtime) = &self.runtime {
            // it has one thread
            runtime.spawn(async move { held.recv() });
        }
        release
    }
}

impl Drop for FakeAir {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

struct Service {
    weight: Weight,
    asked: watch::Sender<Asked>,
    sessions: Mutex<HashMap<String, AbortHandle>>,
    bad: HashMap<String, Start>,
    carries: Arc<AtomicUsize>,
}

impl Service {
    fn sessions(&self) -> MutexGuard<'_, HashMap<String, AbortHandle>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn on_air(&self) -> usize {
        self.sessions().values().filter(|session| !session.is_finished()).count()
    }
}

#[tonic::async_trait]
impl PlayoutService for Service {
    type WatchEventsStream = Pin<Box<dyn Stream<Item = Result<Event, Status>> + Send>>;

    async fn get_version(&self, _: Request<GetVersionRequest>) -> Result<Response<GetVersionResponse>, Status> {
        Ok(Response::new(GetVersionResponse {
            air_version: "0.0.0-fake".to_owned(),
            protocol: retrovue_proto::PROTOCOL,
            encoder: "none".to_owned(),
            encoder_reason: "it only pretends".to_owned(),
            ..GetVersionResponse::default()
        }))
    }

    async fn start_channel(
        &self,
        request: Request<StartChannelRequest>,
    ) -> Result<Response<StartChannelResponse>, Status> {
        let request = request.into_inner();
        self.asked.send_modify(|asked| asked.starts.push(request.clone()));
        match self.bad.get(&request.channel) {
            Some(Start::Refused) => return Err(Status::internal("no")),
            Some(Start::Unanswered) => std::future::pending().await,
            Some(Start::Silent) => return Ok(Response::new(StartChannelResponse { first_frame: 0 })),
            None => {}
        }
        if request.resume_after_frame.is_none() && self.on_air() >= self.carries.load(Ordering::Relaxed) {
            let mut full = Status::resource_exhausted("there is no room");
            full.metadata_mut().insert(retrovue_proto::CODE_METADATA, AsciiMetadataValue::from_static("no_room"));
            return Err(full);
        }
        let mut sessions = self.sessions();
        if sessions.get(&request.channel).is_some_and(|session| !session.is_finished()) {
            return Err(Status::already_exists("a session runs"));
        }
        let sender = Sender::of(&request, self.weight).ok_or_else(|| Status::invalid_argument("half a request"))?;
        let burst = sender.rate.frame_at(sender.clock.now().minus(Duration::from_millis(1500)));
        let first = request.resume_after_frame.map_or(burst, |last| burst.max(FrameIndex(last + 1)));
        let session = tokio::spawn(sender.send(request.token, first));
        sessions.insert(request.channel, session.abort_handle());
        Ok(Response::new(StartChannelResponse { first_frame: first.0 }))
    }

    async fn update_plan(&self, request: Request<UpdatePlanRequest>) -> Result<Response<UpdatePlanResponse>, Status> {
        let request = request.into_inner();
        let generation = request.plan.as_ref().map_or(0, |plan| plan.generation);
        self.asked.send_modify(|asked| asked.updates.push(request));
        Ok(Response::new(UpdatePlanResponse { generation }))
    }

    async fn stop_channel(
        &self,
        request: Request<StopChannelRequest>,
    ) -> Result<Response<StopChannelResponse>, Status> {
        self.asked.send_modify(|asked| asked.stops += 1);
        let session = self.sessions().remove(&request.into_inner().channel);
        session.ok_or_else(|| Status::not_found("no session"))?.abort();
        Ok(Response::new(StopChannelResponse {}))
    }

    async fn get_room(&self, _: Request<GetRoomRequest>) -> Result<Response<GetRoomResponse>, Status> {
        let (on_air, carries) = (self.on_air(), self.carries.load(Ordering::Relaxed));
        let count = |channels: usize| u32::try_from(channels).unwrap_or(u32::MAX);
        let more = count(carries.saturating_sub(on_air));
        Ok(Response::new(GetRoomResponse { on_air: count(on_air), more, ..GetRoomResponse::default() }))
    }

    async fn list_channels(&self, _: Request<ListChannelsRequest>) -> Result<Response<ListChannelsResponse>, Status> {
        Ok(Response::new(ListChannelsResponse::default()))
    }

    async fn acknowledge_events(
        &self,
        _: Request<AcknowledgeEventsRequest>,
    ) -> Result<Response<AcknowledgeEventsResponse>, Status> {
        Ok(Response::new(AcknowledgeEventsResponse {}))
    }

    async fn watch_events(&self, _: Request<WatchEventsRequest>) -> Result<Response<Self::WatchEventsStream>, Status> {
        Ok(Response::new(Box::pin(futures::stream::pending())))
    }
}

/// What one session sends, and when.
struct Sender {
    socket: PathBuf,
    clock: MasterClock,
    rate: Rate,
    slots: Slots,
}

impl Sender {
    fn of(request: &StartChannelRequest, weight: Weight) -> Option<Self> {
        let (format, reading) = (request.format?, request.clock?);
        let utc = UtcTime::from_nanos(reading.utc_ns);
        let rate = format.frame_rate.and_then(|rate| Rate::new(rate.num, rate.den))?;
        let kbps = match weight {
            Weight::Light => None,
            Weight::Whole => Some(format.video_kbps + format.audio_kbps),
        };
        Some(Self {
            socket: request.endpoint.strip_prefix("unix:")?.into(),
            clock: MasterClock::following(ClockReading {
                utc,
                monotonic_ns: reading.monotonic_ns,
                slew: Slew::default(),
            }),
            rate,
            slots: Slots::new(&request.channel_name, rate, kbps),
        })
    }

    /// Slots from `first` on: what lies before now at once, the rest each at its instant.
    async fn send(mut self, token: Vec<u8>, first: FrameIndex) -> std::io::Result<()> {
        let mut socket = UnixStream::connect(&self.socket).await?;
        socket.write_all(&token).await?;
        let (mut frame, mut packets) = (first, Vec::new());
        loop {
            tokio::time::sleep(self.clock.until(self.rate.start_of(frame))).await;
            packets.clear();
            self.slots.next(frame, (frame - first) % GOP == 0, &mut packets);
            socket.write_all(&packets).await?;
            frame = frame + 1;
        }
    }
}

/// Slots of the right shape and weight, with nothing in them.
pub struct Slots {
    mux: Mux,
    rate: Rate,
    keyframe: Vec<u8>,
    picture: Vec<u8>,
}

impl Slots {
    /// Of a channel that sends so many kbit/s; as light as may be where that is not said.
    pub fn new(channel: &str, rate: Rate, kbps: Option<u32>) -> Self {
        let weight = |kbps: u32| {
            let bytes_in_gop = i64::from(kbps) * 125 * rate.nanos_in(GOP) / 1_000_000_000;
            usize::try_from(bytes_in_gop).unwrap_or(0) / (GOP as usize - 1 + KEYFRAME_WEIGHT)
        };
        let (picture, keyframe) = kbps.map_or((2000, 2000), |kbps| (weight(kbps), weight(kbps) * KEYFRAME_WEIGHT));
        let parameter_sets = [0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x1F, 0, 0, 0, 1, 0x68, 0xCE, 0x3C, 0x80, 0, 0, 1, 0x65];
        Self {
            mux: Mux::new(&MuxConfig { service_name: channel.to_owned(), language: None }),
            rate,
            keyframe: unit(&parameter_sets, keyframe),
            picture: unit(&[0, 0, 1, 0x41], picture),
        }
    }

    /// Appends the packets of the next slot, which is that of `frame`.
    pub fn next(&mut self, frame: FrameIndex, keyframe: bool, out: &mut Vec<u8>) {
        let rate = self.rate;
        let sound = [&[0xFF, 0xF1, 0x4C, 0x80, 0x0C, 0x9F, 0xFC][..], &[0x5A; 93]].concat();
        let next = rate.nearest_audio_frame(frame + 1).0;
        let audio: Vec<(Pts, &[u8])> =
            (rate.nearest_audio_frame(frame).0..next).map(|at| (AudioFrame(at).pts(), &sound[..])).collect();
        let duration_ticks = rate.ticks(frame + 1) - rate.ticks(frame);
        let video = if keyframe { &self.keyframe } else { &self.picture };
        self.mux.slot(&Slot { pts: rate.pts(frame), duration_ticks, keyframe, video, audio: &audio }, out);
    }
}

/// An access unit that begins so and is filled up to `size`.
fn unit(begins: &[u8], size: usize) -> Vec<u8> {
    let mut unit = [&[0, 0, 0, 1, 0x09, 0xF0], begins].concat();
    unit.resize(size.max(unit.len()), 0xA5);
    unit
}
