//! One session of one channel: what Air was asked for, and how its TS is getting on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use retrovue_kit::MasterClock;
use retrovue_timeline::{FrameIndex, FrameRate, Pts, UtcTime};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::fanout::Writer;

/// How far a session's TS has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// Air has not sent a slot yet.
    Awaited,
    /// Slots come.
    Flowing,
    /// The TS has ended, or fell silent.
    Ended,
}

/// When the last frame began that Air is known to have sent for a channel, over all its sessions. It is kept as an
/// instant, since the next session may have another frame rate.
#[derive(Clone, Debug)]
pub struct LastFrame(Arc<AtomicI64>);

impl Default for LastFrame {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(i64::MIN)))
    }
}

impl LastFrame {
    /// The frame of `rate` that was on air at that instant. `None` before the first.
    pub fn get(&self, rate: FrameRate) -> Option<FrameIndex> {
        let nanos = Some(self.0.load(Ordering::Relaxed)).filter(|nanos| *nanos != i64::MIN)?;
        Some(rate.frame_at(UtcTime::from_nanos(nanos)))
    }

    fn raise(&self, begins: UtcTime) {
        self.0.fetch_max(begins.nanos(), Ordering::Relaxed);
    }

    /// Forgets it: the channel goes idle, and the next session is a fresh one.
    pub fn forget(&self) {
        self.0.store(i64::MIN, Ordering::Relaxed);
    }
}

/// What the intake needs for a session: where its slots go, and whom to tell.
pub struct Intent {
    /// Where slots go.
    pub writer: Writer,
    /// For reading stamps back into frames.
    pub rate: FrameRate,
    /// Near which frames stamps are read.
    pub clock: MasterClock,
    /// Raised with every frame seen, published or not: a frame that may have left is never asked for again.
    pub last_frame: LastFrame,
    /// Tells the channel.
    pub feed: watch::Sender<Feed>,
    /// Ends the connection from Core's side.
    pub cancel: CancellationToken,
}

impl Intent {
    /// Notes that the frame stamped `pts` has been seen.
    pub fn saw(&self, pts: Pts) {
        let near = self.rate.frame_at(self.clock.now());
        if let Some(frame) = self.rate.frame_with_pts(pts, near) {
            self.last_frame.raise(self.rate.start_of(frame));
        }
    }
}

impl Drop for Intent {
    /// However a session's TS ends, the channel hears of it.
    fn drop(&mut self) {
        self.feed.send_replace(Feed::Ended);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_frame_is_the_same_instant_at_every_rate() {
        let (pal, ntsc) = (FrameRate::new(25, 1).unwrap(), FrameRate::new(30000, 1001).unwrap());
        let last = LastFrame::default();
        assert_eq!(last.get(pal), None);
        last.raise(ntsc.start_of(FrameIndex(53_807_932_391)));
        assert_eq!(last.get(ntsc), Some(FrameIndex(53_807_932_391)));
        let other = last.get(pal).unwrap();
        assert!(pal.start_of(other) <= ntsc.start_of(FrameIndex(53_807_932_391)));
        assert!(pal.start_of(other + 1) > ntsc.start_of(FrameIndex(53_807_932_391)));
        last.forget();
        assert_eq!(last.get(ntsc), None);
    }
}
