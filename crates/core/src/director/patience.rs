//! A connection that gives up on a peer which takes nothing for too long: a paused player, a dead link, a client that
//! wants to hold a seat for ever.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use prometheus::IntCounter;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A stream whose writes fail with `TimedOut` once the peer has taken nothing for `patience`.
pub(super) struct Patient<S> {
    inner: S,
    patience: Duration,
    /// Runs while a write waits, and only then.
    waiting: Option<Pin<Box<Sleep>>>,
    given_up: IntCounter,
}

impl<S> Patient<S> {
    pub(super) fn new(inner: S, patience: Duration, given_up: IntCounter) -> Self {
        Self { inner, patience, waiting: None, given_up }
    }

    fn judge(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let patience = self.patience;
        ready!(self.waiting.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx));
        self.given_up.inc();
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer takes nothing")))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.judge(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.judge(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn a_peer_that_takes_nothing_is_given_up() {
        let given_up = IntCounter::new("given_up", "given up").unwrap();
        let (ours, _theirs) = duplex(10);
        let mut patient = Patient::new(ours, Duration::from_millis(20), given_up.clone());
        patient.write_all(&[0; 10]).await.unwrap();
        let refused = patient.write_all(&[0; 10]).await.unwrap_err();
        assert_eq!((refused.kind(), given_up.get()), (io::ErrorKind::TimedOut, 1));
    }

    #[tokio::test]
    async fn a_peer_that_takes_a_little_now_and_then_is_not() {
        let given_up = IntCounter::new("given_up", "given up").unwrap();
        let (ours, mut theirs) = duplex(1);
        let mut patient = Patient::new(ours, Duration::from_secs(60), given_up.clone());
        let reader = tokio::spawn(async move {
            let mut taken = [0; 40];
            theirs.read_exact(&mut taken).await.map(|_| taken)
        });
        patient.write_all(&[7; 40]).await.unwrap();
        assert_eq!((reader.await.unwrap().unwrap(), given_up.get()), ([7; 40], 0));
        assert!(patient.waiting.is_none());
    }
}
