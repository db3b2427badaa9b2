//! What Air tells of what was on air, stored before Air may forget it.

use std::collections::BTreeSet;
use std::sync::Arc;

use retrovue_proto::v1::event::What as Told;
use retrovue_proto::v1::playout_service_client::PlayoutServiceClient;
use retrovue_proto::v1::{self, AcknowledgeEventsRequest, Event, WatchEventsRequest};
use retrovue_store::Store;
use retrovue_store::evidence::{Aired, Evidence, Place, Planned, What};
use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};
use tokio::sync::{mpsc, watch};
use tonic::Streaming;
use tonic::transport::Channel;

use crate::failure::{Failure, Kind};
use crate::metrics::Metrics;
use crate::usecases::schedules::ScheduleService;

/// Events that wait for the database: while it is busy for seconds, Air's end is still noticed at once.
const QUEUE: usize = 4096;

/// Events stored in one transaction.
const BATCH: usize = 512;

/// A database that refuses is tried again after this long.
const RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// Stores evidence, each event once, and with it what as-run makes of it. Cheap to clone.
#[derive(Clone)]
pub struct EvidenceLog {
    store: Store,
    /// Whose days as-run is told by.
    schedules: ScheduleService,
    /// Sessions that began in this run of Core and have not ended.
    open: Arc<watch::Sender<BTreeSet<String>>>,
    /// Up to where Air's evidence is stored.
    stored: Arc<watch::Sender<Option<Place>>>,
    metrics: Metrics,
}

/// Why Air's events are not followed any more.
enum Ended {
    /// Air or the connection to it has ended.
    Air(String),
    /// They cannot be stored.
    Store(Failure),
}

impl EvidenceLog {
    /// A log in `store`.
    pub fn new(store: Store, schedules: ScheduleService, metrics: Metrics) -> Self {
        Self { store, schedules, open: Arc::default(), stored: Arc::default(), metrics }
    }

    /// Returns when the ends of all sessions are stored.
    pub async fn settled(&self) {
        // the sender lives as long as this
        let _ = self.open.subscribe().wait_for(BTreeSet::is_empty).await;
    }

    /// Returns once Air's evidence is stored up to `last`; 0 is before the first event.
    pub(crate) async fn heard(&self, last: &Place) {
        if last.sequence == 0 {
            return;
        }
        let is_heard = |stored: &Option<Place>| {
            stored.as_ref().is_some_and(|at| at.spool_id == last.spool_id && at.sequence >= last.sequence)
        };
        // the sender lives as long as this
        let _ = self.stored.subscribe().wait_for(is_heard).await;
    }

    /// Stores and acknowledges what Air tells until that ends, which is the end of Air or of the connection to it.
    /// Returns why.
    pub(crate) async fn follow(&self, mut air: PlayoutServiceClient<Channel>) -> String {
        let mut told = false;
        loop {
            match self.follow_once(&mut air).await {
                Ended::Air(reason) => return reason,
                Ended::Store(failure) => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::error!(%failure, "evidence cannot be stored; Air keeps it, and it is tried again");
                    }
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    async fn follow_once(&self, air: &mut PlayoutServiceClient<Channel>) -> Ended {
        let position = match self.blocking(|log| Ok(log.store.evidence_position()?)).await {
            Ok(position) => position,
            Err(failure) => return Ended::Store(failure),
        };
        self.stored.send_replace(position.clone());
        let from = position.map_or_else(WatchEventsRequest::default, |place| WatchEventsRequest {
            spool_id: place.spool_id,
            after_sequence: place.sequence,
        });
        let events = match air.watch_events(from).await {
            Ok(events) => events.into_inner(),
            Err(status) => return Ended::Air(status.message().to_owned()),
        };
        let (sender, received) = mpsc::channel(QUEUE);
        tokio::select! {
            reason = receive(events, sender) => Ended::Air(reason),
            failure = self.keep(received, air.clone()) => Ended::Store(failure),
        }
    }

    /// Stores what comes, and then tells Air that it may forget it.
    async fn keep(&self, mut events: mpsc::Receiver<Event>, mut air: PlayoutServiceClient<Channel>) -> Failure {
        let mut batch = Vec::new();
        while events.recv_many(&mut batch, BATCH).await > 0 {
            let Some(Event { spool_id, sequence, .. }) = batch.last() else { continue };
            let through = AcknowledgeEventsRequest { spool_id: spool_id.clone(), through_sequence: *sequence };
            let told: Vec<Evidence> = batch.drain(..).map(evidence).collect();
            if let Err(failure) = self.blocking(move |log| log.store(&told)).await {
                return failure;
            }
            if let Err(status) = air.acknowledge_events(through).await {
                // it will be told again, and passed over
                tracing::debug!(code = ?status.code(), "evidence was not acknowledged: {}", status.message());
            }
        }
        // the sender lives as long as this is waited for
        std::future::pending().await
    }

    fn store(&self, told: &[Evidence]) -> Result<(), Failure> {
        let kept = self.store.keep_evidence(told, &|slug, at| self.schedules.date_of(slug, at))?;
        self.metrics.evidence.inc_by(kept.events as u64);
        kept.rows.iter().for_each(|stored| self.metrics.sent(&stored.channel, &stored.row));
        self.open.send_if_modified(|open| {
            let changes = told.iter().map(|evidence| match evidence.what {
                What::SessionStarted { .. } => open.insert(evidence.session_id.clone()),
                What::SessionEnded { .. } => open.remove(&evidence.session_id),
                _ => false,
            });
            changes.fold(false, |changed, change| changed | change)
        });
        self.stored.send_replace(told.last().map(|evidence| evidence.place.clone()));
        Ok(())
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let log = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&log)).await;
        done.map_err(|bug| Failure::new(Kind::Failed, "evidence_failed", bug.to_string()))?
    }
}

async fn receive(mut events: Streaming<Event>, sender: mpsc::Sender<Event>) -> String {
    loop {
        match events.message().await {
            Ok(Some(event)) => {
                log(&event);
                // it is received for as long as this runs
                let _ = sender.send(event).await;
            }
            Ok(None) => return "it has ended".to_owned(),
            Err(status) => return status.message().to_owned(),
        }
    }
}

fn log(event: &Event) {
    let (channel, session) = (&event.channel, &event.session_id);
    match &event.what {
        Some(Told::SegmentFault(fault)) => tracing::warn!(
            channel,
            session,
            event = fault.event_id,
            asset = fault.asset_id,
            frame = fault.frame,
            code = fault.code,
            "slate in place of a segment: {}",
            fault.message
        ),
        Some(Told::SegmentEnded(ended)) => tracing::debug!(
            channel,
            session,
            event = ended.event_id,
            aired = ended.aired_frames,
            slate = ended.slate_frames,
            cause = ended.cause,
            "segment ended"
        ),
        Some(Told::SessionEnded(ended)) => {
            tracing::debug!(channel, session, frame = ended.last_frame, cause = ended.cause, "session ended");
        }
        Some(Told::EvidenceLost(lost)) => {
            tracing::error!(events = lost.events, cause = lost.cause, "Air has lost evidence");
        }
        _ => {}
    }
}

/// An event as it is stored.
fn evidence(event: Event) -> Evidence {
    let what = match event.what {
        Some(Told::SessionStarted(started)) => {
            let rate = started.frame_rate.and_then(|rate| FrameRate::new(rate.num, rate.den));
            // Air has checked it: the fallback stands for no session
            let frame_rate = rate.unwrap_or(FrameRate::HOUSE[0]);
            What::SessionStarted { first: FrameIndex(started.first_frame), frame_rate, air_run: started.air_run }
        }
        Some(Told::SessionEnded(ended)) => {
            What::SessionEnded { end: FrameIndex(ended.last_frame + 1), cause: ended.cause }
        }
        Some(Told::SegmentOpening(opening)) => {
            let frame = FrameIndex(opening.frame);
            What::Opening { segment: planned(opening.event_id, opening.planned), frame }
        }
        Some(Told::SegmentOpened(opened)) => {
            What::Opened { event_id: opened.event_id, asset_id: opened.asset_id, fault: opened.fault }
        }
        Some(Told::SegmentStarted(started)) => {
            let frame = FrameIndex(started.frame);
            What::Started { segment: planned(started.event_id, started.planned), frame }
        }
        Some(Told::SegmentEnded(ended)) => {
            let aired = Aired {
                started: FrameIndex(ended.started_frame),
                end: FrameIndex(ended.frame),
                aired: ended.aired_frames,
                slate: ended.slate_frames,
                unsent: ended.unsent_frames,
                cause: ended.cause,
                fault: ended.fault,
            };
            What::Ended { segment: planned(ended.event_id, ended.planned), aired }
        }
        Some(Told::SegmentFault(fault)) => What::Fault {
            event_id: fault.event_id,
            asset_id: fault.asset_id,
            frame: FrameIndex(fault.frame),
            code: fault.code,
            message: fault.message,
        },
        Some(Told::EvidenceLost(lost)) => What::Lost { events: lost.events, cause: lost.cause },
        // an Air of the same protocol tells nothing else; its number is kept
        None => What::Lost { events: 1, cause: "unknown".to_owned() },
    };
    Evidence {
        place: Place { spool_id: event.spool_id, sequence: event.sequence },
        channel: event.channel,
        session_id: event.session_id,
        at: UtcTime::from_nanos(event.utc_ns),
        what,
    }
}

fn planned(event_id: String, planned: Option<v1::Planned>) -> Planned {
    let planned = planned.unwrap_or_default();
    Planned {
        event_id,
        start: FrameIndex(planned.start_frame),
        frames: planned.frame_count,
        asset_id: Some(planned.asset_id).filter(|asset_id| !asset_id.is_empty()),
        kind: planned.kind,
        title: planned.title,
    }
}
