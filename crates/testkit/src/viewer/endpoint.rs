//! The socket that `StartChannel` names: Core's part, played for Air.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::stream;
use reqwest::header::HeaderMap;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{Instant, timeout_at};

use super::Viewer;

/// Bytes of a token.
const TOKEN: usize = 32;

/// More than a slot at once is not needed.
const CHUNK: usize = 64 << 10;

/// A Unix socket that waits for one session's stream.
#[derive(Debug)]
pub struct TsEndpoint {
    listener: UnixListener,
    token: [u8; TOKEN],
    directory: TempDir,
}

impl TsEndpoint {
    /// Opens a socket in a directory of its own. Needs a tokio runtime.
    ///
    /// # Errors
    /// Where the socket cannot be made.
    pub fn open() -> Result<Self> {
        let directory = tempfile::tempdir().context("no temporary directory could be made")?;
        let listener = UnixListener::bind(directory.path().join("ts.sock")).context("no socket could be opened")?;
        // tokens need to differ, not to be secret: the directory's random name is enough
        let name = directory.path().as_os_str().as_encoded_bytes();
        let token = std::array::from_fn(|at| name[name.len() - 1 - at % name.len()]);
        Ok(Self { listener, token, directory })
    }

    /// `StartChannelRequest.endpoint`.
    pub fn endpoint(&self) -> String {
        format!("unix:{}", self.directory.path().join("ts.sock").display())
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
            let (mut stream, _) = self.listener.accept().await?;
            stream.read_exact(&mut token).await?;
            std::io::Result::Ok(stream)
        };
        let stream = timeout_at(started + deadline, session)
            .await
            .with_context(|| format!("nobody connected and sent a token within {deadline:?}"))?
            .context("the connection broke before its token")?;
        if token != self.token {
            bail!("the stream starts with another token: {token:02x?}");
        }
        let body = stream::try_unfold(stream, |mut stream: UnixStream| async {
            let mut chunk = Vec::with_capacity(CHUNK);
            let count = stream.read_buf(&mut chunk).await?;
            Ok((count > 0).then(|| (Bytes::from(chunk), stream)))
        });
        Ok(Viewer::of(Box::pin(body), HeaderMap::new(), started))
    }
}
