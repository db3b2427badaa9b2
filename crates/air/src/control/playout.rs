//! `PlayoutService`: thin handlers over the engine.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use retrovue_kit::clock::monotonic_ns;
use retrovue_proto::PROTOCOL;
use retrovue_proto::v1::playout_service_server::PlayoutService;
use retrovue_proto::v1::{self, Event};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use super::wire;
use crate::encoder::Choice;
use crate::engine::{Engine, Refusal};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Answers for the engine.
pub(super) struct Playout {
    engine: Arc<Engine>,
    encoder: Choice,
    started_monotonic_ns: i64,
}

impl Playout {
    /// The face of `engine`.
    pub(super) fn new(engine: Arc<Engine>, encoder: Choice) -> Self {
        Self { engine, encoder, started_monotonic_ns: monotonic_ns() }
    }
}

#[tonic::async_trait]
impl PlayoutService for Playout {
    type WatchEventsStream = Pin<Box<dyn Stream<Item = Result<Event, Status>> + Send>>;

    async fn get_version(
        &self,
        request: Request<v1::GetVersionRequest>,
    ) -> Result<Response<v1::GetVersionResponse>, Status> {
        let v1::GetVersionRequest { core_version: core, protocol: given } = request.into_inner();
        // who names no protocol only asks
        if given != PROTOCOL && given != 0 {
            return Err(Refusal::Protocol { core, given, air: VERSION, ours: PROTOCOL }.into());
        }
        let (spool_id, last_sequence) = self.engine.evidence().position();
        Ok(Response::new(v1::GetVersionResponse {
            spool_id,
            last_sequence,
            air_version: VERSION.to_owned(),
            protocol: PROTOCOL,
            encoder: self.encoder.family.name().to_owned(),
            encoder_reason: self.encoder.reason.clone(),
            started_monotonic_ns: self.started_monotonic_ns,
        }))
    }

    async fn start_channel(
        &self,
        request: Request<v1::StartChannelRequest>,
    ) -> Result<Response<v1::StartChannelResponse>, Status> {
        let first = self.engine.start(wire::start(request.into_inner())?).await?;
        Ok(Response::new(v1::StartChannelResponse { first_frame: first.0 }))
    }

    async fn update_plan(
        &self,
        request: Request<v1::UpdatePlanRequest>,
    ) -> Result<Response<v1::UpdatePlanResponse>, Status> {
        let request = request.into_inner();
        let plan = wire::plan(request.plan)?;
        let generation = self.engine.update(&request.channel, plan, request.clock.map(wire::clock))?;
        Ok(Response::new(v1::UpdatePlanResponse { generation }))
    }

    async fn stop_channel(
        &self,
        request: Request<v1::StopChannelRequest>,
    ) -> Result<Response<v1::StopChannelResponse>, Status> {
        let v1::StopChannelRequest { channel, session_id } = request.into_inner();
        self.engine.stop(&channel, &session_id).await?;
        Ok(Response::new(v1::StopChannelResponse {}))
    }

    async fn get_room(&self, request: Request<v1::GetRoomRequest>) -> Result<Response<v1::GetRoomResponse>, Status> {
        let (on_air, more, room) = self.engine.room(&wire::format(request.into_inner().format)?);
        let count = |channels| u32::try_from(channels).unwrap_or(u32::MAX);
        Ok(Response::new(v1::GetRoomResponse {
            on_air: count(on_air),
            more: count(more),
            budget_cores: room.budget,
            taken_cores: room.taken,
        }))
    }

    async fn list_channels(
        &self,
        _request: Request<v1::ListChannelsRequest>,
    ) -> Result<Response<v1::ListChannelsResponse>, Status> {
        let channels = self.engine.channels().into_iter().map(|(channel, on_air)| {
            let tally = &on_air.tally;
            v1::ChannelStatus {
                channel,
                session_id: on_air.session_id.clone(),
                generation: tally.generation.load(Ordering::Relaxed),
                next_frame: tally.next_frame.load(Ordering::Relaxed),
                event_id: tally.event_id().map(|event_id| event_id.to_string()).unwrap_or_default(),
                slots: tally.slots.get(),
                slate_slots: tally.slate.get(),
                late_slots: tally.late.get(),
                dropped_slots: tally.dropped.get(),
                work_ahead_frames: tally.work_ahead(),
            }
        });
        Ok(Response::new(v1::ListChannelsResponse { channels: channels.collect() }))
    }

    async fn watch_events(
        &self,
        request: Request<v1::WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let events = self.engine.evidence().watch(request.into_inner());
        Ok(Response::new(Box::pin(events.map(Ok))))
    }

    async fn acknowledge_events(
        &self,
        request: Request<v1::AcknowledgeEventsRequest>,
    ) -> Result<Response<v1::AcknowledgeEventsResponse>, Status> {
        let v1::AcknowledgeEventsRequest { spool_id, through_sequence } = request.into_inner();
        let acknowledged = self.engine.evidence().acknowledge(spool_id, through_sequence).await;
        acknowledged.map_err(Refusal::from)?;
        Ok(Response::new(v1::AcknowledgeEventsResponse {}))
    }
}
