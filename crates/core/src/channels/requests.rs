//! What a channel asks of Air: to begin a session, to take a newer plan, to end.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use retrovue_kit::MasterClock;
use retrovue_proto::CODE_METADATA;
use retrovue_proto::v1::playout_service_client::PlayoutServiceClient;
use retrovue_proto::v1::{Pacing, StartChannelRequest, StopChannelRequest, UpdatePlanRequest};
use retrovue_timeline::FrameRate;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::transport::Channel as Connection;

use super::Channel;
use super::air::AirClient;
use super::intake::{Intake, Ticket};
use super::roster::Roster;
use super::session::{Feed, Intent};
use super::source::{ChannelPlan, PlaylogSource};
use super::{NO_ROOM, wire};
use crate::clock::{AirTime, OnAirTime};
use crate::failure::{Failure, Kind};

/// A plan begins this much before now: a session's first picture lies up to 2 s back.
const BEFORE_NOW: Duration = Duration::from_secs(3);

/// And reaches this far: Core may be away or busy for a quarter of an hour and nobody sees it.
const AHEAD: Duration = Duration::from_secs(15 * 60);

/// Air opens segments at most this far ahead.
const OPENED_AHEAD: Duration = Duration::from_secs(60);

/// No frame is sent earlier than this before its instant.
const SENT_AHEAD: Duration = Duration::from_secs(1);

/// Air answers these from memory.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// What every channel needs of the rest of Core.
pub(super) struct Surroundings {
    pub(super) air: AirClient,
    pub(super) roster: Arc<Roster>,
    pub(super) clock: MasterClock,
    pub(super) air_time: AirTime,
    pub(super) intake: Intake,
    pub(super) playlog: Arc<dyn PlaylogSource>,
    /// As Air is told it: `unix:/path`.
    pub(super) endpoint: String,
    pub(super) linger: RwLock<Duration>,
}

/// A session about to begin.
pub(super) struct Beginning {
    pub(super) session_id: String,
    /// Orders the channel's sessions in its fan-out.
    pub(super) serial: u64,
    pub(super) generation: u64,
    pub(super) feed: watch::Sender<Feed>,
    pub(super) cancel: CancellationToken,
}

/// A session that Air has accepted.
pub(super) struct Begun {
    /// The token lives as long as the session.
    pub(super) ticket: Ticket,
    /// No step of the clock is taken over meanwhile.
    pub(super) on_air: OnAirTime,
    pub(super) plan: Arc<ChannelPlan>,
}

impl Surroundings {
    /// Asks Air for a session of `channel`, after the frames that its viewers may already have.
    pub(super) async fn begin(&self, channel: &Channel, beginning: Beginning) -> Result<Begun, Failure> {
        let on_air = self.air_time.begin(&self.clock).await;
        let mut air = PlayoutServiceClient::new(self.air.channel().await?);
        // after the wait: what an Air that died was opening may be out of use by now
        let plan = self.plan(channel.slug()).await?;
        // nobody misses what came before where nobody watches
        let resume_after_frame = self.resume_after(channel, plan.format.frame_rate).filter(|_| channel.viewers() > 0);
        let ticket = self.intake.expect(Intent {
            writer: channel.fanout.open(beginning.serial),
            rate: plan.format.frame_rate,
            clock: self.clock.clone(),
            last_frame: channel.last_frame.clone(),
            feed: beginning.feed,
            cancel: beginning.cancel,
        });
        let request = || StartChannelRequest {
            channel: channel.slug().to_owned(),
            channel_name: plan.name.clone(),
            session_id: beginning.session_id.clone(),
            format: Some(wire::format(&plan.format)),
            plan: Some(wire::plan(beginning.generation, &plan)),
            endpoint: self.endpoint.clone(),
            token: ticket.token().to_vec(),
            clock: Some(wire::clock(self.clock.reading())),
            resume_after_frame,
            pacing: Pacing::Realtime.into(),
            start_frame: None,
            frame_limit: None,
        };
        let mut answer = answered(air.start_channel(request())).await;
        if answer.as_ref().is_err_and(|status| status.code() == Code::AlreadyExists) {
            // an earlier Core's, or one whose end Air has not noticed
            stop(&mut air, channel.slug(), "").await;
            answer = answered(air.start_channel(request())).await;
        }
        while answer.as_ref().is_err_and(has_no_room) && self.roster.make_room_for(channel).await {
            answer = answered(air.start_channel(request())).await;
        }
        let begun = answer.map_err(|status| refused("start", &status))?.into_inner();
        tracing::debug!(channel = channel.slug(), first_frame = begun.first_frame, "Air has begun a session");
        Ok(Begun { ticket, on_air, plan: Arc::new(plan) })
    }

    /// Gives Air the newest plan. A session that cannot go on is told by [`Kind::NotFound`]: Air does not know it, or
    /// its frames are not those of the plan any more.
    pub(super) async fn update(&self, channel: &Channel, generation: u64) -> Result<Arc<ChannelPlan>, Failure> {
        let slug = channel.slug();
        let mut plan = self.plan(slug).await?;
        if let Some(held) = channel.live().plan.clone() {
            if held.format.frame_rate != plan.format.frame_rate {
                return Err(Failure::not_found("frame_rate_changed", "its frame rate has changed"));
            }
            plan.keep_gains(&held, plan.format.frame_rate.frame_at(self.clock.now().plus(OPENED_AHEAD)));
        }
        let mut air = PlayoutServiceClient::new(self.air.channel().await?);
        let request = UpdatePlanRequest {
            channel: slug.to_owned(),
            plan: Some(wire::plan(generation, &plan)),
            clock: Some(wire::clock(self.clock.reading())),
        };
        answered(air.update_plan(request)).await.map_err(|status| refused("update", &status))?;
        Ok(Arc::new(plan))
    }

    /// Ends the session `session_id` of `slug`, if Air can be reached now; an Air that is away has no session.
    pub(super) async fn end(&self, slug: &str, session_id: &str) {
        if let Some(connection) = self.air.connected() {
            stop(&mut PlayoutServiceClient::new(connection), slug, session_id).await;
        }
    }

    /// The last frame that an earlier session may have sent; what lies ahead of now was sent before the clock was set
    /// back, and tells nothing.
    fn resume_after(&self, channel: &Channel, rate: FrameRate) -> Option<i64> {
        let last = channel.last_frame.get(rate)?;
        if rate.start_of(last) > self.clock.now().plus(SENT_AHEAD) {
            channel.last_frame.forget();
            return None;
        }
        Some(last.0)
    }

    async fn plan(&self, slug: &str) -> Result<ChannelPlan, Failure> {
        let (playlog, slug, now) = (Arc::clone(&self.playlog), slug.to_owned(), self.clock.now());
        tokio::task::spawn_blocking(move || playlog.segments(&slug, now.minus(BEFORE_NOW), now.plus(AHEAD)))
            .await
            .map_err(|error| Failure::new(Kind::Failed, "playlog_failed", error.to_string()))?
    }
}

/// An empty `session_id` is whichever runs.
async fn stop(air: &mut PlayoutServiceClient<Connection>, slug: &str, session_id: &str) {
    let request = StopChannelRequest { channel: slug.to_owned(), session_id: session_id.to_owned() };
    let stopped = answered(air.stop_channel(request)).await;
    if let Err(status) = stopped
        && status.code() != Code::NotFound
    {
        tracing::debug!(channel = slug, code = ?status.code(), "Air did not stop a session: {}", status.message());
    }
}

async fn answered<T>(call: impl Future<Output = Result<T, tonic::Status>>) -> Result<T, tonic::Status> {
    let late = |_| tonic::Status::deadline_exceeded("Air did not answer in time");
    tokio::time::timeout(ANSWER_TIMEOUT, call).await.map_err(late)?
}

/// Whether the end of another channel would help.
fn has_no_room(status: &tonic::Status) -> bool {
    ["no_room", "too_many_channels"].contains(&word(status))
}

/// Air's own word for what is wrong; empty where it is not Air that says so.
fn word(status: &tonic::Status) -> &str {
    status.metadata().get(CODE_METADATA).and_then(|word| word.to_str().ok()).unwrap_or_default()
}

fn refused(verb: &str, status: &tonic::Status) -> Failure {
    if has_no_room(status) || ["strained", "crowded"].contains(&word(status)) {
        return Failure::refused(NO_ROOM, status.message());
    }
    let kind = match status.code() {
        Code::NotFound => Kind::NotFound,
        Code::Unavailable | Code::DeadlineExceeded => Kind::Unreachable,
        _ => Kind::Failed,
    };
    Failure::new(kind, format!("air_{verb}_refused"), status.message())
}
