//! Who receives a stream: a viewer over HTTP, or Core's end of the socket on which Air sends.

mod arrivals;
mod endpoint;

pub use arrivals::Arrival;
pub use endpoint::{Family, TsEndpoint};

use std::io;
use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use reqwest::header::HeaderMap;
use retrovue_timeline::{Pts, TICKS_PER_SECOND};
use tokio::time::{Instant, timeout_at};

use crate::capture::Capture;
use crate::http;
use arrivals::Arrivals;

/// How long a server may take to answer a request at all.
const ANSWER: Duration = Duration::from_secs(20);

/// What a viewer waits for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Until {
    /// This many pictures have started.
    Pictures(usize),
    /// Pictures span this many seconds by their stamps.
    Seconds(f64),
    /// A picture with this stamp or a later one has started.
    Reached(Pts),
    /// This many bytes are there.
    Bytes(usize),
    /// The stream has ended.
    Ended,
}

/// Bytes as they come.
type Body = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A viewer that keeps all it gets, with the time at which it came.
pub struct Viewer {
    body: Body,
    headers: HeaderMap,
    started: Instant,
    arrivals: Arrivals,
    ended: bool,
}

impl Viewer {
    /// Asks for `url` and waits for the answer's head.
    ///
    /// # Errors
    /// Where nothing answers, or with anything but 200.
    pub async fn connect(url: &str) -> Result<Self> {
        let started = Instant::now();
        let request = http::client().get(url).send();
        let response = timeout_at(started + ANSWER, request)
            .await
            .with_context(|| format!("{url} did not answer within {ANSWER:?}"))?
            .with_context(|| format!("{url} could not be asked"))?;
        let status = response.status();
        if status != reqwest::StatusCode::OK {
            bail!("{url} answered {status}: {}", response.text().await.unwrap_or_default());
        }
        Ok(Self::of_answer(response, started))
    }

    /// Goes on with an answer whose head is there, which was asked for just now.
    pub fn reading(response: reqwest::Response) -> Self {
        Self::of_answer(response, Instant::now())
    }

    fn of_answer(response: reqwest::Response, started: Instant) -> Self {
        let headers = response.headers().clone();
        let body = response.bytes_stream().map(|chunk| chunk.map_err(io::Error::other));
        Self::of(Box::pin(body), headers, started)
    }

    fn of(body: Body, headers: HeaderMap, started: Instant) -> Self {
        Self { body, headers, started, arrivals: Arrivals::default(), ended: false }
    }

    /// Receives until `condition` holds, for `deadline` at most. What came stays, and more can be waited for.
    ///
    /// # Errors
    /// After the deadline, where the stream breaks, and where it ends before the condition holds.
    pub async fn until(&mut self, condition: Until, deadline: Duration) -> Result<()> {
        let end = Instant::now() + deadline;
        while !self.holds(condition) {
            if self.ended {
                bail!("the stream ended before {condition:?}: {}", self.so_far());
            }
            match timeout_at(end, self.body.next()).await {
                Err(_) => bail!("{condition:?} was not there after {deadline:?}: {}", self.so_far()),
                Ok(Some(Ok(chunk))) => self.arrivals.push(&chunk, self.started.elapsed()),
                Ok(Some(Err(error))) => return Err(error).context(format!("the stream broke: {}", self.so_far())),
                Ok(None) => self.ended = true,
            }
        }
        Ok(())
    }

    /// All that came so far.
    pub fn bytes(&self) -> &[u8] {
        self.arrivals.bytes()
    }

    /// The pictures that started so far.
    pub fn pictures(&self) -> &[Arrival] {
        self.arrivals.pictures()
    }

    /// From the request to the first byte.
    pub fn first_byte_after(&self) -> Option<Duration> {
        self.arrivals.first_byte_after()
    }

    /// The head of the answer; empty where it is no HTTP.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The whole pictures that came so far, to be judged: the last one is among them only where the stream has ended,
    /// for a read may stop in its middle.
    ///
    /// # Errors
    /// Where the temporary file cannot be written.
    pub fn capture(&self) -> Result<Capture> {
        Capture::of(if self.ended { self.bytes() } else { self.arrivals.whole() })
    }

    fn so_far(&self) -> String {
        format!("{} bytes and {} pictures came", self.bytes().len(), self.pictures().len())
    }

    fn holds(&self, condition: Until) -> bool {
        let pictures = self.pictures();
        let reached = |pts: Pts| pictures.last().is_some_and(|last| last.pts.ticks_since(pts) >= 0);
        match condition {
            Until::Pictures(count) => pictures.len() >= count,
            Until::Seconds(seconds) => pictures
                .first()
                .is_some_and(|first| reached(first.pts.plus((seconds * TICKS_PER_SECOND as f64) as i64))),
            Until::Reached(pts) => reached(pts),
            Until::Bytes(count) => self.bytes().len() >= count,
            Until::Ended => self.ended,
        }
    }
}
