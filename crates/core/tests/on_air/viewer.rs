//! A viewer who keeps everything and checks it.

use std::time::Duration;

use reqwest::Response;
use retrovue_mpegts::conformance::{Expect, Report, check};
use retrovue_timeline::{FrameRate, UtcTime};

/// Longer than anything that a busy machine does to a test.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Viewer {
    pub(crate) response: Response,
    got: Vec<u8>,
    expect: Expect,
}

impl Viewer {
    pub(crate) fn new(response: Response, rate: FrameRate, now: UtcTime) -> Self {
        Self { response, got: Vec::new(), expect: Expect { frame_rate: rate, near: rate.frame_at(now) } }
    }

    /// Watches until what was got so far is as `wanted`.
    pub(crate) async fn until(&mut self, mut wanted: impl FnMut(&Report) -> bool) -> Report {
        loop {
            let chunk = self.chunk().await.expect("the response ended");
            self.got.extend_from_slice(&chunk);
            let report = check(&self.got, &self.expect);
            if wanted(&report) {
                return report;
            }
        }
    }

    /// Watches until this many pictures were got.
    pub(crate) async fn pictures(&mut self, count: usize) -> Report {
        self.until(|report| report.video.len() >= count).await
    }

    /// Watches until `event` has happened, and looks at what was got only then.
    pub(crate) async fn during(&mut self, event: impl Future<Output = ()>) -> Report {
        let mut event = std::pin::pin!(event);
        loop {
            tokio::select! {
                () = &mut event => return check(&self.got, &self.expect),
                chunk = self.response.chunk() => self.got.extend(chunk.unwrap().expect("the response ended")),
            }
        }
    }

    /// Watches until the response ends.
    pub(crate) async fn watch_to_the_end(&mut self) {
        while self.chunk().await.is_some() {}
    }

    async fn chunk(&mut self) -> Option<bytes::Bytes> {
        let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
        chunk.expect("nothing came").expect("the response broke off")
    }
}

/// The frames that were got, in the order in which they came.
pub(crate) fn frames(report: &Report) -> Vec<i64> {
    report.video.iter().map(|picture| picture.frame.expect("a stamp of the channel's grid").0).collect()
}

/// Whether each frame follows the one before.
pub(crate) fn contiguous(frames: &[i64]) -> bool {
    frames.windows(2).all(|pair| pair[1] == pair[0] + 1)
}
