//! When a slot leaves, and until when it may wait for its unit.

use std::time::Duration;

use retrovue_timeline::{FrameIndex, FrameRate, UtcTime};

use crate::plan::Plan;

/// How far behind now a session begins: what a player wants to hold before it shows the first picture, and a stretch in
/// which most files have a keyframe.
const BURST: Duration = Duration::from_millis(2000);

/// How far behind now a session begins at least, where it may choose.
const ENTRY_BY: Duration = Duration::from_millis(700);

/// How long a session waits for its first picture: a decoder opens and seeks in less, and a viewer sees black after. With
/// what it takes to send, that is 400 ms.
const FIRST_PICTURE: Duration = Duration::from_millis(385);

/// How far behind now a session begins at least: what players need to start.
const LIVE_EDGE: Duration = Duration::from_millis(500);

/// How late a slot may be: less than players hold.
const LATEST: Duration = Duration::from_millis(700);

/// How long the opening stretch may take. It leaves as fast as it is made, which a busy machine does at little more
/// than real time; one that has not caught up by then never will.
const BURST_LIMIT: Duration = Duration::from_secs(5);

/// The first frame of a session that begins at `now`: far enough back that a player can start at once, but not
/// before the segment that is on air, and nothing twice. Where that segment has only just begun, the end of the one
/// before it is shown first, for the player's sake.
pub(crate) fn first_frame(rate: FrameRate, plan: &Plan, now: UtcTime, resume_after: Option<FrameIndex>) -> FrameIndex {
    let behind = rate.frame_at_or_after(now.minus(BURST));
    let boundary = plan.at(rate.frame_at(now)).map(|stretch| stretch.start);
    let boundary = boundary.filter(|start| *start <= live_edge(rate, now)).unwrap_or(behind);
    let unsent = resume_after.map_or(behind, |after| after + 1);
    behind.max(boundary).max(unsent)
}

/// The last frame with which a session that is asked for `now` and has nothing to resume may begin, where its file can be
/// entered there sooner than at [`first_frame`].
pub(crate) fn entry_by(rate: FrameRate, now: UtcTime) -> FrameIndex {
    rate.frame_at(now.minus(ENTRY_BY))
}

/// The last frame with which a session may begin at `now`.
fn live_edge(rate: FrameRate, now: UtcTime) -> FrameIndex {
    rate.frame_at(now.minus(LIVE_EDGE))
}

/// The pace of one session.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: FrameRate,
    began: UtcTime,
    /// The opening stretch is being sent: its slots are behind their instants by design.
    bursting: bool,
    /// When the slot before left.
    left: UtcTime,
}

impl Pace {
    /// A session that was `asked` for then.
    pub(crate) fn new(rate: FrameRate, asked: UtcTime) -> Self {
        Self { rate, began: asked, bursting: true, left: asked }
    }

    /// Until when the session may wait for its first picture.
    pub(crate) fn first_picture_by(&self) -> UtcTime {
        self.began.plus(FIRST_PICTURE)
    }

    /// Where a session begins whose first picture is not there `now`.
    pub(crate) fn live_edge(&self, now: UtcTime) -> FrameIndex {
        live_edge(self.rate, now)
    }

    /// The slot `frame` is next.
    pub(crate) fn approach(&mut self, frame: FrameIndex, now: UtcTime) {
        let caught_up = now <= self.rate.start_of(frame);
        self.bursting &= !caught_up && now < self.began.plus(BURST_LIMIT);
    }

    /// Whether the opening stretch is being sent.
    pub(crate) fn bursting(&self) -> bool {
        self.bursting
    }

    /// When the slot `frame` leaves.
    pub(crate) fn due(&self, frame: FrameIndex) -> UtcTime {
        self.rate.start_of(frame)
    }

    /// Until when the slot `frame` may wait for its unit.
    pub(crate) fn deadline(&self, frame: FrameIndex) -> UtcTime {
        let due = self.due(frame);
        let from = if self.bursting { due.max(self.left) } else { due };
        from.plus(LATEST)
    }

    /// The slot `frame` has left. Whether that was more than one frame after its instant.
    pub(crate) fn left(&mut self, frame: FrameIndex, now: UtcTime) -> bool {
        self.left = now;
        !self.bursting && now > self.due(frame + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Segment;

    const RATE: FrameRate = FrameRate::HOUSE[2];

    fn first(starts: &[i64], now_ms: i64, resume_after: Option<i64>) -> i64 {
        let segments = starts.windows(2).map(|pair| Segment {
            event_id: pair[0].to_string().into(),
            start: FrameIndex(pair[0]),
            frames: pair[1] - pair[0],
            ..Segment::default()
        });
        let plan = Plan::new(1, segments.collect()).unwrap();
        first_frame(RATE, &plan, UtcTime::from_millis(now_ms), resume_after.map(FrameIndex)).0
    }

    #[test]
    fn a_session_begins_two_seconds_back_but_not_before_a_boundary_nor_twice() {
        assert_eq!(first(&[0, 1000], 10_001, None), 201, "250.025 − 50, the next whole frame");
        assert_eq!(first(&[0, 1000], 10_000, Some(100)), 200);
        assert_eq!(first(&[0, 1000], 10_000, Some(230)), 231);
        assert_eq!(first(&[0, 230, 1000], 10_000, None), 230);
        assert_eq!(first(&[0, 237, 1000], 10_000, None), 237, "250 − 12.5, the last whole frame");
        assert_eq!(first(&[0, 238, 1000], 10_000, None), 200, "half a second is the least");
        assert_eq!(first(&[0, 240, 250, 1000], 10_000, None), 200, "the boundary is now");
        assert_eq!(first(&[0, 240, 1000], 10_000, Some(244)), 245);
        assert_eq!(first(&[500, 1000], 10_000, None), 200, "nothing is planned");
        assert_eq!(entry_by(RATE, UtcTime::from_millis(10_000)).0, 232, "250 − 17.5, the last whole frame");
    }

    #[test]
    fn a_burst_waits_for_each_slot_and_ends_when_it_has_caught_up() {
        let at = UtcTime::from_millis;
        let mut pace = Pace::new(RATE, at(10_000));
        pace.left(FrameIndex(212), at(10_400));
        pace.approach(FrameIndex(213), at(10_400));
        assert_eq!(pace.deadline(FrameIndex(213)), at(11_100), "700 ms after the slot before");
        assert!(!pace.left(FrameIndex(213), at(10_900)), "no slot of the burst is late");
        pace.approach(FrameIndex(300), at(11_990));
        assert!(!pace.bursting());
        assert_eq!(pace.deadline(FrameIndex(300)), at(12_700));
        assert!(!pace.left(FrameIndex(300), at(12_040)));
        assert!(pace.left(FrameIndex(300), at(12_041)));
    }

    #[test]
    fn a_burst_that_never_catches_up_ends_too() {
        let at = UtcTime::from_millis;
        let mut pace = Pace::new(RATE, at(10_000));
        pace.approach(FrameIndex(300), at(15_000));
        assert_eq!(pace.deadline(FrameIndex(300)), at(12_700));
    }
}
