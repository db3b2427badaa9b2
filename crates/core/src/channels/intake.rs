//! Where Air's TS comes in: one Unix socket for all sessions, each of which names itself by its token.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use retrovue_mpegts::scan::{Group, Scanner};
use tokio::io::AsyncReadExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::air::Signs;
use super::session::{Feed, Intent};

/// A token: read once, good once.
pub type Token = [u8; 32];

/// Air sends its token as soon as it is connected.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(5);

/// A slot leaves every 42 ms at most, and slate covers for what is late: a session this silent is dead.
const SILENCE: Duration = Duration::from_secs(5);

/// Connections at once: one for each of a hundred channels, and as many again that are just ending.
const CONNECTIONS: usize = 256;

/// A read takes this much at most: about 60 ms of a channel in full HD.
const READ: usize = 64 << 10;

/// The listener and what it expects. Cheap to clone.
#[derive(Clone)]
pub struct Intake {
    expected: Arc<Mutex<HashMap<Token, Intent>>>,
    signs: Signs,
}

/// A session that Air may connect for. Dropping it withdraws the token, if it has not been used.
pub struct Ticket {
    token: Token,
    intake: Intake,
}

impl Ticket {
    /// What Air has to send first.
    pub fn token(&self) -> &Token {
        &self.token
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.intake.take(&self.token);
    }
}

impl Intake {
    /// One that expects nothing yet, and takes all that comes for a sign of life.
    pub fn new(signs: Signs) -> Self {
        Self { expected: Arc::default(), signs }
    }

    /// Expects a connection for `intent`.
    pub fn expect(&self, intent: Intent) -> Ticket {
        let mut token = [0; 32];
        token[..16].copy_from_slice(Uuid::new_v4().as_bytes());
        token[16..].copy_from_slice(Uuid::new_v4().as_bytes());
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).insert(token, intent);
        Ticket { token, intake: self.clone() }
    }

    fn take(&self, token: &Token) -> Option<Intent> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).remove(token)
    }

    /// Accepts on `listener` until `cancel`; returns when all connections have ended.
    pub async fn run(self, listener: Arc<UnixListener>, cancel: CancellationToken) {
        let tasks = TaskTracker::new();
        let free = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = cancel.cancelled() => break,
            };
            match accepted {
                Ok((socket, _)) => {
                    let Ok(permit) = Arc::clone(&free).try_acquire_owned() else {
                        tracing::warn!(limit = CONNECTIONS, "a TS connection was refused: too many are open");
                        continue;
                    };
                    let (intake, cancel) = (self.clone(), cancel.clone());
                    tasks.spawn(async move {
                        let _ = cancel.run_until_cancelled(intake.receive(socket)).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    // out of file descriptors, mostly: others need a moment to give some back
                    tracing::warn!(%error, "a TS connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn receive(&self, mut socket: UnixStream) {
        let mut token = Token::default();
        match tokio::time::timeout(TOKEN_TIMEOUT, socket.read_exact(&mut token)).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) | Err(_) => return tracing::warn!("a TS connection sent no token and is closed"),
        }
        let Some(intent) = self.take(&token) else {
            return tracing::warn!("a TS connection sent a token that no session expects and is closed");
        };
        let cancel = intent.cancel.clone();
        let _ = cancel.run_until_cancelled(feed(socket, intent, &self.signs)).await;
    }
}

/// Carries one session's TS into its fan-out until it ends.
async fn feed(mut socket: UnixStream, mut intent: Intent, signs: &Signs) {
    let mut scanner = Scanner::new();
    let mut chunk = vec![0; READ];
    loop {
        let deadline = intent.writer.tell_at().unwrap_or_else(|| Instant::now() + SILENCE);
        let read = match tokio::time::timeout_at(deadline, socket.read(&mut chunk)).await {
            Ok(Ok(0)) => break,
            Ok(Ok(read)) => read,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a session's TS broke off");
                break;
            }
            Err(_) if intent.writer.tell_at().is_some() => {
                intent.writer.tell();
                continue;
            }
            Err(_) => {
                tracing::warn!(silence_ms = SILENCE.as_millis(), "a session's TS fell silent and is given up");
                break;
            }
        };
        signs.seen();
        for group in scanner.push(&chunk[..read]) {
            publish(&mut intent, group);
        }
    }
    let dropped = scanner.dropped();
    // the last slot may not be whole, so nobody gets it; Air is not asked for it again either
    let tail = scanner.flush();
    if let Some(pts) = tail.pts {
        intent.saw(pts);
    }
    tracing::debug!(?dropped, ?tail, "a session's TS has ended");
}

fn publish(intent: &mut Intent, group: Group) {
    if let Some(pts) = group.pts {
        intent.saw(pts);
    }
    if intent.writer.publish(group) {
        intent.feed.send_if_modified(|feed| std::mem::replace(feed, Feed::Flowing) != Feed::Flowing);
    }
}

/// Binds a Unix socket that the group may use; what an earlier process left at `path` is removed. Callers hold the
/// home's lock, so nobody listens there.
///
/// # Errors
/// Where the socket cannot be made.
pub fn bind(path: &Path) -> std::io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}
