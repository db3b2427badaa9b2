//! How many channels can be watched at once, as media servers ask of a tuner.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use retrovue_proto::v1::playout_service_client::PlayoutServiceClient;
use retrovue_proto::v1::{GetRoomRequest, GetRoomResponse};
use retrovue_schedule::plan::ProgramFormat;

use super::{Channels, wire};

/// Air answers from memory; whoever asks does not wait longer for one that hangs.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// What Air said last, for when it is away; 0 before it said anything.
#[derive(Default)]
pub(super) struct Tuners(AtomicU32);

impl Channels {
    /// How many channels can be on air at once, where all take what the costliest does; at least one.
    pub async fn tuners(&self) -> u32 {
        let known = &self.inner.tuners.0;
        if let Some(room) = self.room_for_costliest().await {
            known.store(room.on_air.saturating_add(room.more).max(1), Ordering::Relaxed);
        }
        match known.load(Ordering::Relaxed) {
            0 => u32::try_from(self.all().len()).unwrap_or(u32::MAX).max(1),
            known => known,
        }
    }

    /// The room that Air has for more channels like the costliest one. `None` where Air does not answer.
    pub async fn room_for_costliest(&self) -> Option<GetRoomResponse> {
        let formats = self.all().into_iter().map(|channel| channel.info().format);
        let costliest = formats.max_by_key(ProgramFormat::pixels_per_second).unwrap_or_default();
        let mut air = PlayoutServiceClient::new(self.inner.around.air.connected()?);
        let request = GetRoomRequest { format: Some(wire::format(&costliest)) };
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, air.get_room(request)).await.ok()?;
        answer.ok().map(tonic::Response::into_inner)
    }
}
