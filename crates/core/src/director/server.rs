//! The viewers' HTTP server: HTTP/1.1 over TCP, with dead and stuck peers noticed. Endless streams leave it for a
//! [`Line`] as soon as they are agreed on.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::IntCounter;
use rustix::process::{Resource, getrlimit, setrlimit};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use super::Peer;
use super::line::Line;
use super::patience::Patient;

/// Connections at once, where the system allows so many files: twice the viewers that one machine is meant for.
const CONNECTIONS: u64 = 4096;

/// Files of the store, of Air's sessions and of all else.
const OTHER_FILES: u64 = 400;

/// A client that has connected says what it wants, or goes.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a viewer may take nothing at all: pausing a player fills its buffer within seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// The kernel gives up on a peer whose machine vanished, and to whom nothing is sent, after this long. `TCP_USER_TIMEOUT`
/// would also meet those who take nothing, before [`PATIENCE`] does, and uncounted.
const DEAD_AFTER: Duration = Duration::from_secs(20);

/// So much may wait in the kernel that is not on its way yet. The kernel would take megabytes for a viewer who is slow,
/// and send them though the channel is long past that; what is on its way has as much room as the line is long.
const UNSENT: u32 = 128 << 10;

/// Serves `router` on `listener` until `drain`; returns when all connections have ended. Endless streams have to end
/// by themselves.
pub async fn serve(listener: TcpListener, router: Router, stalled: IntCounter, drain: CancellationToken) {
    let (connections, limit) = (TaskTracker::new(), room_for_connections());
    let free = Arc::new(Semaphore::new(limit));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = drain.cancelled() => break,
        };
        match accepted {
            Ok((socket, peer)) => {
                let Ok(permit) = Arc::clone(&free).try_acquire_owned() else {
                    tracing::warn!(%peer, limit, "a connection was refused: too many are open");
                    continue;
                };
                let serving = connection(socket, peer, router.clone(), stalled.clone(), drain.clone());
                connections.spawn(async move {
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
    connections.close();
    connections.wait().await;
}

/// How many connections there may be. A service starts with 1024 files, which is what programs that use `select` can
/// handle, and may raise that itself.
fn room_for_connections() -> usize {
    let mut files = getrlimit(Resource::Nofile);
    let wanted = CONNECTIONS + OTHER_FILES;
    if files.current.is_some_and(|current| current < wanted) {
        files.current = Some(files.maximum.map_or(wanted, |maximum| maximum.min(wanted)));
        if let Err(error) = setrlimit(Resource::Nofile, files) {
            tracing::warn!(%error, "no more files can be opened than at first");
        }
    }
    let files = getrlimit(Resource::Nofile).current.unwrap_or(wanted);
    // half of them, where there are very few
    let room = files.saturating_sub(OTHER_FILES).max(files / 2).min(CONNECTIONS);
    usize::try_from(room).unwrap_or(usize::MAX)
}

async fn connection(
    socket: TcpStream,
    peer: SocketAddr,
    router: Router,
    stalled: IntCounter,
    drain: CancellationToken,
) -> anyhow::Result<()> {
    prepare(&socket)?;
    let line = Line::default();
    let asked = line.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        request.extensions_mut().insert(asked.clone());
        let (response, line) = (router.clone().call(request), asked.clone());
        async move { Ok::<_, std::convert::Infallible>(line.answer(response.await?).await) }
    });
    let io = TokioIo::new(Patient::new(socket, PATIENCE, stalled));
    let mut http = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(io, service);
    let mut draining = false;
    let agreed = loop {
        let served = poll_fn(|cx| match Pin::new(&mut http).poll(cx) {
            Poll::Ready(served) => Poll::Ready(served.map(|()| None)),
            Poll::Pending => line.agreed().map_or(Poll::Pending, |agreed| Poll::Ready(Ok(Some(agreed)))),
        });
        tokio::select! {
            served = served => break served?,
            () = drain.cancelled(), if !draining => {
                draining = true;
                Pin::new(&mut http).graceful_shutdown();
            }
        }
    };
    let Some(agreed) = agreed else { return Ok(()) };
    let socket = http.into_parts().io.into_inner();
    Ok(agreed.send(socket).await?)
}

fn prepare(socket: &TcpStream) -> std::io::Result<()> {
    use rustix::net::sockopt;
    socket.set_nodelay(true)?;
    SockRef::from(socket).set_tcp_notsent_lowat(UNSENT)?;
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, DEAD_AFTER / 2)?;
    sockopt::set_tcp_keepintvl(socket, DEAD_AFTER / 4)?;
    Ok(sockopt::set_tcp_keepcnt(socket, 2)?)
}
