//! The viewers' HTTP server: HTTP/1.1 over TCP, with dead and stuck peers noticed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use prometheus::IntCounter;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::Peer;
use super::patience::Patient;

/// Connections at once. Each costs a file descriptor, and a service starts with room for 1024 of those; the rest is
/// for the store and Air.
const CONNECTIONS: usize = 900;

/// A client that has connected says what it wants, or goes.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a viewer may take nothing at all: pausing a player fills its buffer within seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// A peer whose machine vanished acknowledges nothing; the kernel gives up on it after this long.
const DEAD_AFTER: Duration = Duration::from_secs(20);

/// Serves `router` on `listener` until `drain`; returns when all connections have ended. Endless bodies have to end
/// by themselves.
pub async fn serve(listener: TcpListener, router: Router, stalled: IntCounter, drain: CancellationToken) {
    let connections = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = drain.cancelled() => break,
        };
        match accepted {
            Ok((socket, peer)) => {
                let Ok(permit) = Arc::clone(&free).try_acquire_owned() else {
                    tracing::warn!(%peer, limit = CONNECTIONS, "a connection was refused: too many are open");
                    continue;
                };
                let serving = connection(socket, peer, router.clone(), stalled.clone(), connections.watcher());
                tokio::spawn(async move {
                    if let Err(error) = serving.await {
                        tracing::debug!(%peer, %error, "a connection broke off");
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                // out of file descriptors, mostly: others need a moment to give some back
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    connections.shutdown().await;
}

async fn connection(
    socket: TcpStream,
    peer: SocketAddr,
    router: Router,
    stalled: IntCounter,
    watcher: Watcher,
) -> anyhow::Result<()> {
    notice_dead_peers(&socket)?;
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        router.clone().call(request)
    });
    let io = TokioIo::new(Patient::new(socket, PATIENCE, stalled));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(io, service);
    Ok(watcher.watch(connection).await?)
}

fn notice_dead_peers(socket: &TcpStream) -> std::io::Result<()> {
    use rustix::net::sockopt;
    socket.set_nodelay(true)?;
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, DEAD_AFTER / 2)?;
    sockopt::set_tcp_keepintvl(socket, DEAD_AFTER / 4)?;
    sockopt::set_tcp_keepcnt(socket, 2)?;
    let milliseconds = u32::try_from(DEAD_AFTER.as_millis()).unwrap_or(u32::MAX);
    Ok(sockopt::set_tcp_user_timeout(socket, milliseconds)?)
}
