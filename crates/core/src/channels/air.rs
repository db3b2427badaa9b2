//! Air, as Core sees it: one connection over its Unix socket, kept up, with a handshake before anything else.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use retrovue_proto::PROTOCOL;
use retrovue_proto::v1::playout_service_client::PlayoutServiceClient;
use retrovue_proto::v1::{GetVersionRequest, GetVersionResponse};
use retrovue_store::evidence::Place;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

use crate::evidence::EvidenceLog;
use crate::failure::{Failure, Kind};
use crate::metrics::Metrics;
use crate::quarantine::Quarantine;

/// A local socket answers at once or not at all; the second is for a machine that is busy.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The handshake needs no work from Air.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(2);

/// An Air that has died closes its socket and is noticed at once. One that hangs is found by its silence, which is counted
/// in ticks of ours: while the machine stands still, they stand still too.
const TICK: Duration = Duration::from_millis(250);

/// An Air that neither answers nor sends any channel's TS for so many ticks hangs: 2.5 s, of the 3 s in which it has to be
/// noticed.
const HANGS_AFTER: u32 = 10;

/// One that sends TS but does not answer cannot go on for long: in a quarter of an hour it has nothing left to show.
const DEAF_AFTER: u32 = 80;

/// Between attempts to reach an Air that is away: a managed one is back within a fraction of a second, and viewers
/// wait for it.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// How long sessions wait until what an Air that died left behind is stored and judged, which takes some milliseconds. On
/// a disk that stalls, viewers matter more.
const JUDGED_WITHIN: Duration = Duration::from_millis(500);

/// How long a request waits for an Air that is just starting.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether Air can be used.
#[derive(Clone, Debug)]
pub enum AirStatus {
    /// Not now, and why.
    Down(String),
    /// It is there and gives no sign of life.
    Hangs,
    /// Yes.
    Up(AirUp),
}

impl AirStatus {
    /// Why it cannot be used; `None` where it can.
    pub fn reason(&self) -> Option<&str> {
        match self {
            AirStatus::Down(reason) => Some(reason),
            AirStatus::Hangs => Some("it accepts connections but does not answer"),
            AirStatus::Up(_) => None,
        }
    }
}

/// Signs of life of Air, counted wherever one is seen. Cheap to clone.
#[derive(Clone, Default)]
pub struct Signs(Arc<AtomicU64>);

impl Signs {
    /// Air has just done something.
    pub fn seen(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// An Air that shook hands.
#[derive(Clone, Debug)]
pub struct AirUp {
    /// Its version.
    pub version: String,
    /// How it encodes: `x264`.
    pub encoder: String,
    /// Why so, in words.
    pub encoder_reason: String,
    channel: Channel,
}

/// Air's client. Cheap to clone; all clones share one connection.
#[derive(Clone)]
pub struct AirClient {
    socket: Arc<std::path::PathBuf>,
    status: Arc<watch::Sender<AirStatus>>,
    signs: Signs,
    metrics: Metrics,
}

impl AirClient {
    /// A client that knows where Air is and has not looked yet.
    pub fn new(socket: std::path::PathBuf, metrics: Metrics) -> Self {
        let status = AirStatus::Down("it has not been reached yet".to_owned());
        let (socket, status, signs) = (Arc::new(socket), Arc::new(watch::Sender::new(status)), Signs::default());
        Self { socket, status, signs, metrics }
    }

    /// Whether Air can be used now.
    pub fn status(&self) -> AirStatus {
        self.status.borrow().clone()
    }

    /// Tells of every change.
    pub fn watch(&self) -> watch::Receiver<AirStatus> {
        self.status.subscribe()
    }

    /// Where whoever hears from Air notes it.
    pub fn signs(&self) -> Signs {
        self.signs.clone()
    }

    /// The connection, after a handshake. Waits a moment for an Air that is about to come back.
    ///
    /// # Errors
    /// `air_unreachable`, with the reason.
    pub async fn channel(&self) -> Result<Channel, Failure> {
        let mut status = self.status.subscribe();
        let up = tokio::time::timeout(PATIENCE, status.wait_for(|status| matches!(status, AirStatus::Up(_)))).await;
        drop(up);
        match self.status() {
            AirStatus::Up(air) => Ok(air.channel),
            away => {
                let reason = away.reason().unwrap_or_default();
                let message = format!("Air cannot be reached on {}: {reason}", self.socket.display());
                Err(Failure::new(Kind::Unreachable, "air_unreachable", message).hint(
                    "Core starts it unless air.manage is false; its lines in Core's log tell why it does not run",
                ))
            }
        }
    }

    /// The connection, where Air answers now.
    pub fn connected(&self) -> Option<Channel> {
        match &*self.status.borrow() {
            AirStatus::Up(air) => Some(air.channel.clone()),
            AirStatus::Down(_) | AirStatus::Hangs => None,
        }
    }

    /// Keeps the connection up until `cancel`, and stores in `evidence` what Air tells. What an earlier Air died over goes
    /// into `quarantine` before this one can be used. The task that runs this is the only one that connects.
    pub async fn keep(&self, evidence: EvidenceLog, quarantine: Quarantine, cancel: CancellationToken) {
        let kept = cancel.run_until_cancelled(async {
            loop {
                let away = match self.connect().await {
                    Ok((up, last, client)) => {
                        let begins = async {
                            let judged = async {
                                evidence.heard(&last).await;
                                quarantine.judge().await;
                            };
                            if tokio::time::timeout(JUDGED_WITHIN, judged).await.is_err() {
                                tracing::warn!("Air's evidence is not stored in time; sessions begin without it");
                            }
                            tracing::info!(air.version = %up.version, air.encoder = %up.encoder, "Air answers");
                            self.metrics.air_up.set(1);
                            self.status.send_replace(AirStatus::Up(up));
                            std::future::pending().await
                        };
                        let away = tokio::select! {
                            reason = evidence.follow(client.clone()) => AirStatus::Down(reason),
                            () = self.silence(client) => AirStatus::Hangs,
                            away = begins => away,
                        };
                        tracing::warn!(reason = away.reason(), "Air is gone");
                        away
                    }
                    Err(away) => away,
                };
                self.metrics.air_up.set(0);
                self.status.send_replace(away);
                tokio::time::sleep(RETRY_AFTER).await;
            }
        });
        kept.await;
    }

    /// Returns once Air, which was heard of just now, gives no sign of life any more.
    async fn silence(&self, client: PlayoutServiceClient<Channel>) {
        let ask = || {
            let mut client = client.clone();
            async move { client.get_version(greeting()).await.is_ok() }
        };
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut asked = Box::pin(ask());
        let (mut heard, mut silent, mut unanswered) = (self.signs.count(), 0, 0);
        while silent < HANGS_AFTER && unanswered < DEAF_AFTER {
            tokio::select! {
                answered = &mut asked => {
                    if answered {
                        self.signs.seen();
                        unanswered = 0;
                    }
                    // the next question comes with the next tick
                    ticks.tick().await;
                    asked.set(ask());
                }
                _ = ticks.tick() => {}
            }
            let count = self.signs.count();
            silent = if std::mem::replace(&mut heard, count) == count { silent + 1 } else { 0 };
            unanswered += 1;
        }
    }

    /// A connection, and up to where Air's evidence has come.
    async fn connect(&self) -> Result<(AirUp, Place, PlayoutServiceClient<Channel>), AirStatus> {
        let endpoint = Endpoint::from_shared(format!("unix:{}", self.socket.display()))
            .map_err(|error| AirStatus::Down(error.to_string()))?
            .connect_timeout(CONNECT_TIMEOUT);
        let channel = endpoint.connect().await.map_err(|error| AirStatus::Down(root_cause(&error)))?;
        let mut client = PlayoutServiceClient::new(channel.clone());
        let version = tokio::time::timeout(HANDSHAKE_TIMEOUT, client.get_version(greeting())).await;
        let version = version.map_err(|_| AirStatus::Hangs)?;
        let version = version.map_err(|status| AirStatus::Down(status.message().to_owned()))?.into_inner();
        check_protocol(&version).map_err(AirStatus::Down)?;
        let last = Place { spool_id: version.spool_id, sequence: version.last_sequence };
        let up = AirUp {
            version: version.air_version,
            encoder: version.encoder,
            encoder_reason: version.encoder_reason,
            channel,
        };
        Ok((up, last, client))
    }
}

fn greeting() -> GetVersionRequest {
    GetVersionRequest { core_version: env!("CARGO_PKG_VERSION").to_owned(), protocol: PROTOCOL }
}

fn check_protocol(air: &GetVersionResponse) -> Result<(), String> {
    if air.protocol == PROTOCOL {
        return Ok(());
    }
    Err(format!(
        "Air {} speaks version {} of the playout protocol and Core {} speaks version {PROTOCOL}; install the same \
         version of both",
        air.air_version,
        air.protocol,
        env!("CARGO_PKG_VERSION"),
    ))
}

/// The innermost error, which is the one that says what happened.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind) {
        Some(ErrorKind::NotFound | ErrorKind::ConnectionRefused) => "nothing listens there".to_owned(),
        _ => cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_protocol_is_refused_in_a_sentence_that_names_both_versions() {
        let air = |protocol| GetVersionResponse { air_version: "9.1.0".to_owned(), protocol, ..Default::default() };
        assert_eq!(check_protocol(&air(PROTOCOL)), Ok(()));
        let refused = check_protocol(&air(PROTOCOL + 1)).unwrap_err();
        assert!(refused.contains("Air 9.1.0") && refused.contains(env!("CARGO_PKG_VERSION")), "{refused}");
    }
}
