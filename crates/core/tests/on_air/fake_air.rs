//! An Air without media: it speaks the playout protocol and sends slots that are the right shape, in real time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

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
use tonic::{Request, Response, Status};

/// Frames from one keyframe to the next.
const GOP: i64 = 25;

/// What Core asked for.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    pub(crate) starts: Vec<StartChannelRequest>,
    pub(crate) updates: Vec<UpdatePlanRequest>,
    pub(crate) stops: usize,
}

/// How Air answers to a channel's start.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    Refused,
    /// Never.
    Unanswered,
    /// Well, and then no slot comes.
    Silent,
}

pub(crate) struct FakeAir {
    runtime: Option<Runtime>,
    asked: watch::Receiver<Asked>,
}

impl FakeAir {
    /// Serves on `socket`, on a thread of its own so that it can die at once. Channels named in `bad` start so.
    pub(crate) fn start(socket: &Path, bad: &[(&str, Start)]) -> Self {
        let (sender, asked) = watch::channel(Asked::default());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let _ = std::fs::remove_file(socket);
        let bad = bad.iter().map(|(slug, start)| ((*slug).to_owned(), *start)).collect();
        let service = Service { asked: sender, sessions: Mutex::default(), bad };
        let socket: PathBuf = socket.to_owned();
        runtime.spawn(async move {
            let incoming = tokio_stream::wrappers::UnixListenerStream::new(UnixListener::bind(socket).unwrap());
            let server = tonic::transport::Server::builder().add_service(PlayoutServiceServer::new(service));
            server.serve_with_incoming(incoming).await.unwrap();
        });
        Self { runtime: Some(runtime), asked }
    }

    pub(crate) fn asked(&self) -> Asked {
        self.asked.borrow().clone()
    }

    /// Waits for what Core has to ask.
    pub(crate) async fn until(&mut self, mut wanted: impl FnMut(&Asked) -> bool) -> Asked {
        let waiting = self.asked.wait_for(|asked| wanted(asked));
        tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("Core did not ask").unwrap().clone()
    }

    /// Hangs until what this returns is dropped: nothing is answered and nothing sent.
    pub(crate) fn hang(&self) -> std::sync::mpsc::Sender<()> {
        let (release, held) = std::sync::mpsc::channel();
        // it has one thread
        self.runtime.as_ref().unwrap().spawn(async move { held.recv().unwrap_err() });
        release
    }

    /// Dies: every task and socket is gone, as after SIGKILL.
    pub(crate) fn kill(mut self) {
        self.runtime.take().unwrap().shutdown_background();
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
    asked: watch::Sender<Asked>,
    sessions: Mutex<HashMap<String, AbortHandle>>,
    bad: HashMap<String, Start>,
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
            Some(Start::Refused) => return Err(Status::resource_exhausted("no")),
            Some(Start::Unanswered) => std::future::pending().await,
            Some(Start::Silent) => return Ok(Response::new(StartChannelResponse { first_frame: 0 })),
            None => {}
        }
        let mut sessions = self.sessions.lock().unwrap();
        if sessions.get(&request.channel).is_some_and(|session| !session.is_finished()) {
            return Err(Status::already_exists("a session runs"));
        }
        let reading = request.clock.unwrap();
        let clock = MasterClock::following(ClockReading {
            utc: UtcTime::from_nanos(reading.utc_ns),
            monotonic_ns: reading.monotonic_ns,
            slew: Slew::default(),
        });
        let rate = rate(&request);
        let burst = rate.frame_at(clock.now().minus(Duration::from_millis(1500)));
        let first = request.resume_after_frame.map_or(burst, |last| burst.max(FrameIndex(last + 1)));
        let session = tokio::spawn(send(request.clone(), clock, first));
        sessions.insert(request.channel, session.abort_handle());
        Ok(Response::new(StartChannelResponse { first_frame: first.0 }))
    }

    async fn update_plan(&self, request: Request<UpdatePlanRequest>) -> Result<Response<UpdatePlanResponse>, Status> {
        let request = request.into_inner();
        let generation = request.plan.as_ref().unwrap().generation;
        self.asked.send_modify(|asked| asked.updates.push(request));
        Ok(Response::new(UpdatePlanResponse { generation }))
    }

    async fn stop_channel(
        &self,
        request: Request<StopChannelRequest>,
    ) -> Result<Response<StopChannelResponse>, Status> {
        self.asked.send_modify(|asked| asked.stops += 1);
        let session = self.sessions.lock().unwrap().remove(&request.into_inner().channel);
        session.ok_or_else(|| Status::not_found("no session"))?.abort();
        Ok(Response::new(StopChannelResponse {}))
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

fn rate(request: &StartChannelRequest) -> Rate {
    let rate = request.format.unwrap().frame_rate.unwrap();
    Rate::new(rate.num, rate.den).unwrap()
}

/// Slots from `first` on: what lies before now at once, the rest each at its instant.
async fn send(request: StartChannelRequest, clock: MasterClock, first: FrameIndex) {
    let rate = rate(&request);
    let mut socket = UnixStream::connect(request.endpoint.strip_prefix("unix:").unwrap()).await.unwrap();
    socket.write_all(&request.token).await.unwrap();
    let mut mux = Mux::new(&MuxConfig { service_name: request.channel_name, language: None });
    let mut frame = first;
    loop {
        tokio::time::sleep(clock.until(rate.start_of(frame))).await;
        let mut packets = Vec::new();
        slot(&mut mux, rate, frame, (frame - first) % GOP == 0, &mut packets);
        if socket.write_all(&packets).await.is_err() {
            return;
        }
        frame = frame + 1;
    }
}

fn slot(mux: &mut Mux, rate: Rate, frame: FrameIndex, keyframe: bool, out: &mut Vec<u8>) {
    let mut video = vec![0, 0, 0, 1, 0x09, 0xF0];
    if keyframe {
        video.extend([0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x1F, 0, 0, 0, 1, 0x68, 0xCE, 0x3C, 0x80, 0, 0, 1, 0x65]);
    } else {
        video.extend([0, 0, 1, 0x41]);
    }
    video.resize(2000, 0xA5);
    let sound = [&[0xFF, 0xF1, 0x4C, 0x80, 0x0C, 0x9F, 0xFC][..], &[0x5A; 93]].concat();
    let next = rate.nearest_audio_frame(frame + 1).0;
    let audio: Vec<(Pts, &[u8])> =
        (rate.nearest_audio_frame(frame).0..next).map(|at| (AudioFrame(at).pts(), &sound[..])).collect();
    let duration_ticks = rate.ticks(frame + 1) - rate.ticks(frame);
    mux.slot(&Slot { pts: rate.pts(frame), duration_ticks, keyframe, video: &video, audio: &audio }, out);
}
