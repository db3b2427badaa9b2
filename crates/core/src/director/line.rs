//! A viewer's line: where HTTP has agreed on an endless stream, its head and all that follows go to the socket as they
//! are, many slots in one write, without HTTP's own buffers and framing. The stream ends with the connection, as a
//! body of unknown length may (RFC 9112, 6.3).

use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum::response::Response;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::channels::Viewing;
use crate::fanout::packets::Packets;

/// Where a handler leaves the viewer for whom its answer is, and the server finds it. Each connection has one.
#[derive(Clone, Default)]
pub(super) struct Line(Arc<Mutex<State>>);

#[derive(Default)]
enum State {
    #[default]
    Http,
    /// A handler is answering a viewer.
    Asked(Viewing),
    /// The answer's head is known.
    Agreed(Agreed),
}

/// A stream to be sent.
pub(super) struct Agreed {
    head: Vec<u8>,
    viewing: Viewing,
}

impl Line {
    /// The answer that is being made goes on as `viewing`.
    pub(super) fn hand_over(&self, viewing: Viewing) {
        *self.state() = State::Asked(viewing);
    }

    /// `response`, where HTTP is to send it; else it never comes, and [`Self::agreed`] has its head.
    pub(super) async fn answer(&self, response: Response) -> Response {
        {
            let mut state = self.state();
            match std::mem::take(&mut *state) {
                State::Asked(viewing) => *state = State::Agreed(Agreed { head: head(response.headers()), viewing }),
                State::Http | State::Agreed(_) => return response,
            }
        }
        pending().await
    }

    /// What HTTP has left to this line.
    pub(super) fn agreed(&self) -> Option<Agreed> {
        let mut state = self.state();
        match std::mem::take(&mut *state) {
            State::Agreed(agreed) => Some(agreed),
            other => {
                *state = other;
                None
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn head(headers: &HeaderMap) -> Vec<u8> {
    let mut head = b"HTTP/1.1 200 OK\r\n".to_vec();
    for (name, value) in headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

impl Agreed {
    /// Sends the stream until it ends, or the viewer leaves.
    ///
    /// # Errors
    /// Where the viewer has left, or is given up.
    pub(super) async fn send(self, mut socket: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let Self { head, mut viewing } = self;
        let mut packets = Packets::default();
        packets.push(head.into());
        loop {
            socket.write_all_buf(&mut packets).await?;
            let goes_on = tokio::select! {
                biased;
                goes_on = viewing.next(&mut packets) => goes_on,
                left = left(&mut socket) => return left,
            };
            if !goes_on {
                return socket.shutdown().await;
            }
        }
    }
}

/// Returns once the viewer has closed its end. Nothing that it says meanwhile matters.
async fn left(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut said = [0; 64];
    while socket.read(&mut said).await? > 0 {}
    Ok(())
}
