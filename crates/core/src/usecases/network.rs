//! The network as it is now: the daemons, and what each channel is doing.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use retrovue_proto::v1::playout_service_client::PlayoutServiceClient;
use retrovue_proto::v1::{ChannelStatus, ListChannelsRequest};
use retrovue_timeline::{FrameRate, UtcTime};
use serde::Serialize;

use crate::app::App;
use crate::channels::air::AirStatus;
use crate::channels::source::PlannedSegment;
use crate::channels::{Channel, OnAir};
use crate::instants::rfc3339;

/// Air answers from memory; a status page does not wait longer for one that hangs.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// The live state of daemons and channels.
#[derive(Serialize)]
pub struct Status {
    core: CoreView,
    air: AirView,
    channels: Vec<ChannelView>,
}

#[derive(Serialize)]
struct CoreView {
    version: &'static str,
    started_utc: String,
    now_utc: String,
    /// Where viewers are served.
    http: String,
    home: String,
    pid: u32,
}

#[derive(Serialize)]
struct AirView {
    /// `up` or `down`.
    state: &'static str,
    version: Option<String>,
    encoder: Option<String>,
    /// Why that one.
    encoder_reason: Option<String>,
    /// Only of an Air that Core started.
    pid: Option<u32>,
    /// Why it is down.
    reason: Option<String>,
    /// What the machine carries, where Air can tell.
    room: Option<RoomView>,
}

#[derive(Serialize)]
struct RoomView {
    channels_on_air: u32,
    /// Of those that take most.
    more_channels: u32,
    /// What channels may take of the machine, and take now.
    budget_cores: f64,
    taken_cores: f64,
}

#[derive(Serialize)]
struct ChannelView {
    slug: String,
    number: String,
    name: String,
    state: &'static str,
    viewers: usize,
    /// Whether it is on air even unwatched.
    keep_warm: bool,
    session_id: Option<String>,
    event: Option<EventView>,
    slots: u64,
    slate_frames: u64,
    late_frames: u64,
    dropped_frames: u64,
    work_ahead_frames: u32,
}

#[derive(Serialize)]
struct EventView {
    event_id: String,
    kind: &'static str,
    title: String,
    asset_id: Option<String>,
    start_utc: String,
    end_utc: String,
}

/// What runs, and how it is getting on. Answers also where Air is down.
pub async fn status(app: &App) -> Status {
    let now = app.clock.now();
    let of_air = sessions(app).await;
    let channels = app.channels.all();
    let channels = channels.iter().map(|channel| channel_view(channel, of_air.get(channel.slug()), now)).collect();
    let core = CoreView {
        version: env!("CARGO_PKG_VERSION"),
        started_utc: rfc3339(app.run.started),
        now_utc: rfc3339(now),
        http: format!("http://{}", app.run.http),
        home: app.settings.home.display().to_string(),
        pid: std::process::id(),
    };
    Status { core, air: air_view(app).await, channels }
}

/// What Air says of its sessions, by channel; nothing where it cannot be asked.
async fn sessions(app: &App) -> HashMap<String, ChannelStatus> {
    let Some(connection) = app.air.connected() else { return HashMap::new() };
    let mut air = PlayoutServiceClient::new(connection);
    match tokio::time::timeout(ANSWER_TIMEOUT, air.list_channels(ListChannelsRequest {})).await {
        Ok(Ok(list)) => list.into_inner().channels.into_iter().map(|one| (one.channel.clone(), one)).collect(),
        Ok(Err(_)) | Err(_) => HashMap::new(),
    }
}

async fn air_view(app: &App) -> AirView {
    let room = app.channels.room_for_costliest().await.map(|room| RoomView {
        channels_on_air: room.on_air,
        more_channels: room.more,
        budget_cores: room.budget_cores,
        taken_cores: room.taken_cores,
    });
    let pid = Some(app.run.air_pid.load(Ordering::Relaxed)).filter(|pid| *pid != 0);
    match app.air.status() {
        AirStatus::Up(air) => AirView {
            state: "up",
            version: Some(air.version),
            encoder: Some(air.encoder),
            encoder_reason: Some(air.encoder_reason),
            pid,
            reason: None,
            room,
        },
        away => {
            let reason = away.reason().map(ToOwned::to_owned);
            AirView { state: "down", version: None, encoder: None, encoder_reason: None, pid, reason, room: None }
        }
    }
}

fn channel_view(channel: &Channel, air: Option<&ChannelStatus>, now: UtcTime) -> ChannelView {
    let (info, on_air) = (channel.info(), channel.on_air());
    // what Air says of a session that is not the one meant here would be of another time
    let air = air.filter(|air| on_air.session_id.as_ref() == Some(&air.session_id)).cloned().unwrap_or_default();
    ChannelView {
        slug: info.slug,
        number: info.number,
        name: info.name,
        state: on_air.state.word(),
        viewers: channel.viewers(),
        keep_warm: info.keep_warm,
        event: event_at(&on_air, now),
        session_id: on_air.session_id,
        slots: air.slots,
        slate_frames: air.slate_slots,
        late_frames: air.late_slots,
        dropped_frames: air.dropped_slots,
        work_ahead_frames: air.work_ahead_frames,
    }
}

/// The event of the plan that Air was given which is on at `now`.
fn event_at(on_air: &OnAir, now: UtcTime) -> Option<EventView> {
    let plan = on_air.plan.as_ref()?;
    let rate = plan.format.frame_rate;
    let frame = rate.frame_at(now);
    let segment = plan
        .segments
        .iter()
        .find(|segment| (segment.start_frame..segment.start_frame + segment.frame_count).contains(&frame))?;
    Some(event_view(segment, rate))
}

fn event_view(segment: &PlannedSegment, rate: FrameRate) -> EventView {
    let millis = |frame| rfc3339(UtcTime::from_millis(rate.start_millis(frame)));
    EventView {
        event_id: segment.event_id.clone(),
        kind: segment.kind.word(),
        title: segment.title.clone(),
        asset_id: segment.asset.as_ref().map(|asset| asset.asset_id.clone()),
        start_utc: millis(segment.start_frame),
        end_utc: millis(segment.start_frame + segment.frame_count),
    }
}
