//! The socket that `StartChannel` names: Core's part, played for Air.

use std::io;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::stream;
use reqwest::header::HeaderMap;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::time::{Instant, timeout_at};

use super::Viewer;

/// Bytes of a token.
const TOKEN: usize = 32;

/// More than a slot at once is not needed.
const CHUNK: usize = 64 << 10;

/// A socket that waits for one session's stream.
#[derive(Debug)]
pub struct TsEndpoint {
    socket: Socket,
    token: [u8; TOKEN],
    directory: TempDir,
}

/// Which kind of socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// In a directory of its own.
    Unix,
    /// On a free port of the loopback address.
    Tcp,
}

#[derive(Debug)]
enum Socket {
    Unix(UnixListener),
    Tcp(std::net::SocketAddr, TcpListener),
}

impl TsEndpoint {
    /// Opens a Unix socket. Needs a tokio runtime.
    ///
    /// # Errors
    /// Where the socket cannot be made.
    pub fn open() -> Result<Self> {
        Self::of(Family::Unix)
    }

    /// Opens a socket of this family. Needs a tokio runtime.
    ///
    /// # Errors
    /// Where the socket cannot be made.
    pub fn of(family: Family) -> Result<Self> {
        let directory = tempfile::tempdir().context("no temporary directory could be made")?;
        let socket = match family {
            Family::Unix => UnixListener::bind(directory.path().join("ts.sock")).map(Socket::Unix),
            Family::Tcp => loopback(),
        };
        // tokens need to differ, not to be secret: the directory's random name is enough
        let name = directory.path().as_os_str().as_encoded_bytes();
        let token = std::array::from_fn(|at| name[name.len() - 1 - at % name.len()]);
        Ok(Self { socket: socket.context("no socket could be opened")?, token, directory })
    }

    /// `StartChannelRequest.endpoint`.
    pub fn endpoint(&self) -> String {
        match &self.socket {
            Socket::Unix(_) => format!("unix:{}", self.directory.path().join("ts.sock").display()),
            Socket::Tcp(address, _) => format!("tcp:{address}"),
        }
    }

    /// `StartChannelRequest.token`.
    pub fn token(&self) -> Vec<u8> {
        self.token.to_vec()
    }

    /// Waits for Air, checks its token, and is then its viewer. Times count from here.
    ///
    /// # Errors
    /// After the deadline, and where the token is another one.
    pub async fn accept(&self, deadline: Duration) -> Result<Viewer> {
        let started = Instant::now();
        let mut token = [0; TOKEN];
        let session = async {
            let mut stream: Pin<Box<dyn AsyncRead + Send>> = match &self.socket {
                Socket::Unix(listener) => Box::pin(listener.accept().await?.0),
                Socket::Tcp(_, listener) => Box::pin(listener.accept().await?.0),
            };
            stream.read_exact(&mut token).await?;
            io::Result::Ok(stream)
        };
        let stream = timeout_at(started + deadline, session)
            .await
            .with_context(|| format!("nobody connected and sent a token within {deadline:?}"))?
            .context("the connection broke before its token")?;
        if token != self.token {
            bail!("the stream starts with another token: {token:02x?}");
        }
        let body = stream::try_unfold(stream, |mut stream| async {
            let mut chunk = Vec::with_capacity(CHUNK);
            let count = stream.read_buf(&mut chunk).await?;
            Ok((count > 0).then(|| (Bytes::from(chunk), stream)))
        });
        Ok(Viewer::of(Box::pin(body), HeaderMap::new(), started))
    }
}

fn loopback() -> io::Result<Socket> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    Ok(Socket::Tcp(listener.local_addr()?, TcpListener::from_std(listener)?))
}
